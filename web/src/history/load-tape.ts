// Fetches a delivery's stored positions page by page, and the route that it drove, and makes a tape of them.

import { measureLine, type MeasuredLine } from "../geo";
import { readRoute } from "../protocol";
import { ask, HistoryError } from "./ask";
import { stopsPath } from "./query";
import { readStops, type StopsPage } from "./shapes";
import { EMPTY_TAPE, extend, type Tape } from "./tape";

/** Fourteen hours at two a second. What is beyond is left out, and said to be. */
export const MOST_STOPS = 100_000;

export interface Loading {
  tape: Tape;
  /** Nothing more will come. */
  whole: boolean;
  /** There would have been more than a page can hold. */
  cut: boolean;
}

/**
 * Tells of each page as it comes.
 * @throws {HistoryError} and, when `signal` says so, an AbortError
 */
export async function loadTape(
  deliveryId: string,
  onPage: (loading: Loading) => void,
  signal: AbortSignal,
): Promise<void> {
  const line = await fetchLine(deliveryId, signal);
  let tape = EMPTY_TAPE;
  let after: number | null = null;
  do {
    const page: StopsPage = await ask(stopsPath(deliveryId, after), readStops, signal);
    const { stops, next } = page;
    tape = extend(tape, stops, line);
    const cut = tape.frames.length >= MOST_STOPS && next !== null;
    // A page that leads nowhere new is the last one.
    after = cut || (after !== null && next !== null && next <= after) ? null : next;
    onPage({ tape, whole: after === null, cut });
  } while (after !== null);
}

/** Null: nobody knows it any more, and the vehicle goes straight from position to position. */
async function fetchLine(deliveryId: string, signal: AbortSignal): Promise<MeasuredLine | null> {
  try {
    const path = `deliveries/${encodeURIComponent(deliveryId)}/route`;
    return measureLine((await ask(path, readRoute, signal)).path);
  } catch (error) {
    if (error instanceof HistoryError) return null;
    throw error;
  }
}
