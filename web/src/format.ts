// Numbers and times as a person of that language writes them.

import type { Language } from "./i18n";

/** Making a formatter costs a hundred times as much as using it: one for each language. */
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

/** `38 s`, `1 min 8 s`, `2 h 5 min`. */
export function formatDuration(milliseconds: number, language: Language): string {
  const whole = Math.round(milliseconds / 1000);
  const inSeconds = seconds(language).format(whole % 60);
  if (whole < 60) return inSeconds;
  const inMinutes = minutes(language).format(Math.floor(whole / 60) % 60);
  if (whole < 3600) return `${inMinutes} ${inSeconds}`;
  return `${hours(language).format(Math.floor(whole / 3600))} ${inMinutes}`;
}

/** The time of day of an instant (milliseconds since the epoch) where the person is. */
export function formatClock(instant: number, language: Language): string {
  return clock(language).format(instant);
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
