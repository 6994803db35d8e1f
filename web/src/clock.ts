// The server's time, for a browser whose clock is wrong. It is estimated from the `Date` header of the gateway's HTTP
// responses: unlike the times in frames, it says what time it is now rather than when something was due.

/** A header's resolution is a second: its time is on average this much behind, and at most this much off. */
const HALF_A_SECOND = 500;
/** Two estimates that differ by less than their errors and this are the same; the page is not redrawn for it. */
const TOLERANCE = 1_000;

export interface ClockOffset {
  /** What to add to the browser's clock, milliseconds. */
  offset: number;
  /** By how much it may be wrong, milliseconds. */
  error: number;
}

/** Null when the header is missing or unreadable. Both times are the browser's, milliseconds since the epoch. */
export function offsetOf(date: string | null, sentAt: number, receivedAt: number): ClockOffset | null {
  const served = Date.parse(date ?? "");
  if (Number.isNaN(served) || receivedAt < sentAt) return null;
  const way = (receivedAt - sentAt) / 2;
  return { offset: served + HALF_A_SECOND - (sentAt + way), error: way + HALF_A_SECOND };
}

let current: number | null = null;
const listeners = new Set<() => void>();

/** Takes an estimate; a difference within the errors of measurement changes nothing, so a correct clock stays as it is. */
export function observeDate(date: string | null, sentAt: number, receivedAt: number): void {
  const measured = offsetOf(date, sentAt, receivedAt);
  if (measured === null) return;
  if (Math.abs(measured.offset - (current ?? 0)) > measured.error + TOLERANCE) settle(measured.offset);
  else if (current === null) settle(0);
}

/** The browser's clock is taken as it is when nothing better is known. */
export function assumeClock(): void {
  if (current === null) settle(0);
}

/** Milliseconds to add to the browser's clock; null: not known yet. */
export function clockOffset(): number | null {
  return current;
}

/** The server's time now, as far as it is known, milliseconds since the epoch. */
export function serverNow(): number {
  return Date.now() + (current ?? 0);
}

export function onClock(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function settle(offset: number) {
  current = offset;
  for (const listener of listeners) listener();
}
