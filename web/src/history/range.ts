// Time ranges of the history. Pure; the current time is passed in.

export const PRESETS = ["1h", "24h", "7d"] as const;
export type Preset = (typeof PRESETS)[number];

/** A preset that ends now, or two instants (milliseconds since the epoch). */
export type Range = Preset | { since: number; until: number };

export const DEFAULT_RANGE: Range = "24h";

/** Milliseconds since the epoch. */
export interface Interval {
  since: number;
  until: number;
}

const HOUR = 3_600_000;
const LENGTHS: Record<Preset, number> = { "1h": HOUR, "24h": 24 * HOUR, "7d": 7 * 24 * HOUR };

export function isPreset(value: unknown): value is Preset {
  return PRESETS.some((preset) => preset === value);
}

export function resolveRange(range: Range, now: number): Interval {
  return isPreset(range) ? { since: now - LENGTHS[range], until: now } : range;
}

/** Parses the two fields of the form; returns what is wrong with them if they are invalid. */
export function readCustomRange(since: string, until: string): Interval | "incomplete" | "reversed" {
  const [from, to] = [readLocal(since), readLocal(until)];
  if (from === null || to === null) return "incomplete";
  return from < to ? { since: from, until: to } : "reversed";
}

/** The value of a `datetime-local` field, in local time. */
export function toLocal(instant: number): string {
  const date = new Date(instant);
  return new Date(instant - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function readLocal(text: string): number | null {
  // Without a zone it is parsed as local time.
  const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(instant) ? null : instant;
}
