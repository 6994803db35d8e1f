// Time ranges of the history. Pure; the current time is passed in.

/** "auto": the newest day that has data, and no more of it than has. */
export const PRESETS = ["auto", "1h", "24h", "7d"] as const;
export type Preset = (typeof PRESETS)[number];

/** A preset that ends now, or two instants (milliseconds since the epoch). */
export type Range = Preset | { since: number; until: number };

export const DEFAULT_RANGE: Range = "auto";

/** Milliseconds since the epoch. */
export interface Interval {
  since: number;
  until: number;
}

const HOUR = 3_600_000;
/** The index begins with a position; the delivery of it was ordered shortly before. */
const MARGIN = HOUR / 12;

/** The times of the first and the last position in the index; null: there is none. */
export type Extent = { oldest: number; newest: number } | null;

const LENGTHS: Record<Exclude<Preset, "auto">, number> = {
  "1h": HOUR,
  "24h": 24 * HOUR,
  "7d": 7 * 24 * HOUR,
};

export function isPreset(value: unknown): value is Preset {
  return PRESETS.some((preset) => preset === value);
}

export function resolveRange(range: Range, now: number, extent: Extent = null): Interval {
  if (range === "auto") return rangeWithData(now, extent);
  return isPreset(range) ? { since: now - LENGTHS[range], until: now } : range;
}

/** The last day; of a younger index its whole time, and of one that has not grown for longer, its last day. */
function rangeWithData(now: number, extent: Extent): Interval {
  if (extent === null) return { since: now - LENGTHS["24h"], until: now };
  const until = extent.newest < now - LENGTHS["24h"] ? extent.newest + 1 : now;
  return { since: Math.max(until - LENGTHS["24h"], Math.min(extent.oldest, until) - MARGIN), until };
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
