// Numbers and times in the format of each language.

import type { Language } from "./i18n";

/** Creating a formatter costs a hundred times as much as using it, so each language's is kept. */
function perLanguage<Formatter>(make: (language: Language) => Formatter): (language: Language) => Formatter {
  const made = new Map<Language, Formatter>();
  return (language) => {
    let formatter = made.get(language);
    if (formatter === undefined) {
      formatter = make(language);
      made.set(language, formatter);
    }
    return formatter;
  };
}

function unit(name: string, maximumFractionDigits = 0) {
  return perLanguage(
    (language) => new Intl.NumberFormat(language, { style: "unit", unit: name, maximumFractionDigits }),
  );
}

const thousandths = unit("millisecond");
const seconds = unit("second");
const minutes = unit("minute");
const hours = unit("hour");
const meters = unit("meter");
const kilometers = unit("kilometer", 1);
const kilometersPerHour = unit("kilometer-per-hour");
const percent = perLanguage(
  (language) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }),
);
const clock = perLanguage((language) => new Intl.DateTimeFormat(language, { timeStyle: "short" }));

const clockWithSeconds = perLanguage(
  (language) => new Intl.DateTimeFormat(language, { timeStyle: "medium" }),
);
const moment = perLanguage(
  (language) =>
    new Intl.DateTimeFormat(language, { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit" }),
);
const day = perLanguage((language) => new Intl.DateTimeFormat(language, { day: "2-digit", month: "short" }));
const rate = perLanguage((language) => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }));
const count = perLanguage((language) => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }));

/** `38 s`, `1 min 8 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number, language: Language): string {
  const whole = Math.round(milliseconds / 1000);
  const inSeconds = seconds(language).format(whole % 60);
  if (whole < 60) return inSeconds;
  const inMinutes = minutes(language).format(Math.floor(whole / 60) % 60);
  if (whole < 3600) return `${inMinutes} ${inSeconds}`;
  return `${hours(language).format(Math.floor(whole / 3600))} ${inMinutes}`;
}

/** How long ago something was, in any language: `00:58`, `1:02:03`. */
export function formatAge(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}

/** `48 ms`; from one second on, as {@link formatDuration}. */
export function formatDelay(milliseconds: number, language: Language): string {
  return milliseconds < 1000
    ? thousandths(language).format(milliseconds)
    : formatDuration(milliseconds, language);
}

const TIMES = new Map([
  [1, unit("second", 1)],
  [60, unit("minute", 1)],
  [3_600, unit("hour", 1)],
]);

/** Seconds in one unit (`of` is 1, 60 or 3600 seconds): `1,5 min`. */
export function formatTime(inSeconds: number, language: Language, of: number): string {
  return (TIMES.get(of) ?? seconds)(language).format(inSeconds / of);
}

/** The local time of day of an instant (milliseconds since the epoch). */
export function formatClock(instant: number, language: Language): string {
  return clock(language).format(instant);
}

export function formatClockWithSeconds(instant: number, language: Language): string {
  return clockWithSeconds(language).format(instant);
}

/** Day and time of day, without the year. */
export function formatMoment(instant: number, language: Language): string {
  return moment(language).format(instant);
}

export function formatDay(instant: number, language: Language): string {
  return day(language).format(instant);
}

export function formatCount(number: number, language: Language): string {
  return count(language).format(number);
}

/** How often something happens in a second: `12.3`. */
export function formatRate(perSecond: number, language: Language): string {
  return rate(language).format(perSecond);
}

export function formatPercent(part: number, language: Language): string {
  return percent(language).format(part);
}

/** From metres per second. */
export function formatSpeed(metersPerSecond: number, language: Language): string {
  return kilometersPerHour(language).format(metersPerSecond * 3.6);
}

/** From metres. */
export function formatLength(length: number, language: Language): string {
  return length < 1000 ? meters(language).format(length) : kilometers(language).format(length / 1000);
}
