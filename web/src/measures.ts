// What the page measures of its stream: how much arrives, how old it is, whether that grows. Pure; the times are passed in.

import type { Deliveries } from "./deliveries";
import type { ServerFrame } from "./protocol";

/** Counts since the page was opened. */
export interface Arrivals {
  /** WebSocket messages, and their bytes (of text: characters). */
  frames: number;
  bytes: number;
  positions: number;
}

/** The counts at a time, milliseconds. */
export interface Reading extends Arrivals {
  at: number;
  /** How often the map was drawn. */
  drawn: number;
}

/** What happens in a second. */
export type Rates = Omit<Reading, "at">;

/** Seconds' worth of readings that rates are averaged over. */
export const WINDOW = 5;
/** A value that has risen this many times in a row grows. */
const RISES = 5;

export function positionsIn(frame: ServerFrame): number {
  if (frame.event === "new-position") return 1;
  return frame.event === "new-positions" ? frame.data.positions.length : 0;
}

/** The newest readings, as many as rates need. */
export function addReading(readings: readonly Reading[], reading: Reading): readonly Reading[] {
  return [...readings, reading].slice(-(WINDOW + 1));
}

/** Per second, from the first reading to the last; null: there are not two yet. */
export function ratesOf(readings: readonly Reading[]): Rates | null {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined || last.at <= first.at) return null;
  const rate = (key: keyof Rates) => ((last[key] - first[key]) * 1000) / (last.at - first.at);
  return { frames: rate("frames"), bytes: rate("bytes"), positions: rate("positions"), drawn: rate("drawn") };
}

/** How old the newest position of each vehicle under way is, milliseconds, ascending. `now` is the server's time. */
export function agesOf(deliveries: Deliveries, now: number): number[] {
  return [...deliveries.values()]
    .flatMap(({ phase, at }) => (phase === "Running" && at !== null ? [Math.max(0, now - at)] : []))
    .sort((a, b) => a - b);
}

/** The value below which this part of the ascending values is; null: there are none. */
export function percentile(ascending: readonly number[], part: number): number | null {
  return ascending[Math.max(0, Math.ceil(part * ascending.length) - 1)] ?? null;
}

/** Whether the last values, oldest first, have done nothing but rise. */
export function isGrowing(values: readonly number[]): boolean {
  const last = values.slice(-(RISES + 1));
  return (
    last.length > RISES && last.every((value, index) => index === 0 || value > (last[index - 1] ?? value))
  );
}
