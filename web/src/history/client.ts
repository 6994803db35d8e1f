// Sends requests to the gateway's history interface, and classifies failures.

import { gatewayUrl } from "../http";
import { limitTo } from "../limit";
import { readErrorReason, readErrorSentence } from "../protocol";

export type Problem =
  /** The gateway has no Elasticsearch. */
  | { kind: "off" }
  /** Elasticsearch does not respond. */
  | { kind: "unavailable" }
  /** The query timed out. */
  | { kind: "tooSlow" }
  /** Too many queries are running. */
  | { kind: "busy" }
  /** The gateway does not respond, or its response is invalid. */
  | { kind: "failed" }
  /** The gateway rejected the request; the sentence is its own. */
  | { kind: "refused"; sentence: string };

export class HistoryError extends Error {
  override name = "HistoryError";
  constructor(readonly problem: Problem) {
    super(problem.kind === "refused" ? problem.sentence : problem.kind);
  }
}

const REQUEST_TIMEOUT = 20_000;
/** The map requests several layers at once; this leaves the gateway time for others. */
const CONCURRENT_REQUESTS = 4;
const limited = limitTo(CONCURRENT_REQUESTS);

/**
 * Fetches a path and parses the response.
 * @throws {HistoryError} or, when `signal` aborts, an AbortError
 */
export async function requestJson<Body>(
  path: string,
  read: (body: unknown) => Body,
  signal: AbortSignal,
): Promise<Body> {
  return limited(async () => {
    signal.throwIfAborted();
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)]);
      const response = await fetch(gatewayUrl(path), { signal: limit });
      const body: unknown = await response.json();
      if (!response.ok) throw new HistoryError(problemOf(response.status, body));
      return read(body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HistoryError) throw error;
      // A network error, invalid JSON, a timeout, or `BadMessage`.
      throw new HistoryError({ kind: "failed" });
    }
  });
}

/** Pure. */
export function problemOf(status: number, body: unknown): Problem {
  const reason = readErrorReason(body);
  // An older gateway does not know the path at all.
  if (reason === "HistoryOff" || (status === 404 && reason === "NotFound")) return { kind: "off" };
  if (reason === "HistoryTooSlow") return { kind: "tooSlow" };
  if (reason === "HistoryBusy") return { kind: "busy" };
  if (status === 503) return { kind: "unavailable" };
  const sentence = readErrorSentence(body);
  return sentence === null || status >= 500 ? { kind: "failed" } : { kind: "refused", sentence };
}
