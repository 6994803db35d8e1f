// Fetches a delivery's stored positions, page by page, and its route, and builds a tape.

import { measureLine, type MeasuredLine } from "../geo";
import { readRoute } from "../protocol";
import { requestJson, HistoryError } from "./client";
import { positionsPath } from "./query";
import { readPositionsPage, type PositionsPage } from "./shapes";
import { EMPTY_TAPE, extend, type Tape } from "./tape";

/** Fourteen hours at two per second. The rest is left out, and the page says so. */
export const MAX_POSITIONS = 100_000;

export interface LoadProgress {
  tape: Tape;
  /** All pages are loaded. */
  complete: boolean;
  /** There were more positions than `MAX_POSITIONS`. */
  truncated: boolean;
}

/**
 * Calls `onPage` after each page.
 * @throws {HistoryError} or, when `signal` aborts, an AbortError
 */
export async function loadTape(
  deliveryId: string,
  onPage: (loading: LoadProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const line = await fetchLine(deliveryId, signal);
  let tape = EMPTY_TAPE;
  let after: number | null = null;
  do {
    const page: PositionsPage = await requestJson(
      positionsPath(deliveryId, after),
      readPositionsPage,
      signal,
    );
    const { positions, next } = page;
    tape = extend(tape, positions, line);
    const truncated = tape.frames.length >= MAX_POSITIONS && next !== null;
    // A cursor that does not advance ends the loop.
    after = truncated || (after !== null && next !== null && next <= after) ? null : next;
    onPage({ tape, complete: after === null, truncated });
  } while (after !== null);
}

/** Null when the route no longer exists: the vehicle then moves in straight lines. */
async function fetchLine(deliveryId: string, signal: AbortSignal): Promise<MeasuredLine | null> {
  try {
    const path = `deliveries/${encodeURIComponent(deliveryId)}/route`;
    return measureLine((await requestJson(path, readRoute, signal)).path);
  } catch (error) {
    if (error instanceof HistoryError) return null;
    throw error;
  }
}
