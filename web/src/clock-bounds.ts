// The server's time to a fraction of a second, for measurements: each `Date` header says only the second, but its bounds and those
// of others, asked for at other moments of a second, leave little room. Pure; all times are milliseconds since the epoch.

/** What to add to the browser's clock is between the two, milliseconds. */
export interface ClockBounds {
  low: number;
  high: number;
}

/** The resolution of the header, milliseconds. */
const SECOND = 1_000;

/** Null when the header is missing or unreadable. Both times are the browser's. */
export function boundsOf(date: string | null, sentAt: number, receivedAt: number): ClockBounds | null {
  const served = Date.parse(date ?? "");
  if (Number.isNaN(served) || receivedAt < sentAt) return null;
  // The answer was made in that second, not before the request was sent and not after it was received.
  return { low: served - receivedAt, high: served + SECOND - sentAt };
}

/** What both allow; if they contradict each other, a clock was set, and the newer one is right. */
export function narrow(before: ClockBounds | null, next: ClockBounds): ClockBounds {
  if (before === null) return next;
  const low = Math.max(before.low, next.low);
  const high = Math.min(before.high, next.high);
  return low <= high ? { low, high } : next;
}

/** The best estimate, and by how much it may be wrong. */
export function estimateOf({ low, high }: ClockBounds): { offset: number; error: number } {
  return { offset: (low + high) / 2, error: (high - low) / 2 };
}
