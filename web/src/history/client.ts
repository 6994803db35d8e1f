// Sends requests to the gateway's interface to the history and to traces, and classifies failures.

import { observeDate } from "../clock";
import { gatewayUrl } from "../http";
import { limitTo } from "../limit";
import { readErrorReason } from "../protocol";

export type Problem =
  /** The gateway has no Elasticsearch, or no Jaeger. */
  | { kind: "off" }
  /** Elasticsearch, or Jaeger, does not respond. */
  | { kind: "unavailable" }
  /** The query timed out. */
  | { kind: "tooSlow" }
  /** Too many queries are running. */
  | { kind: "busy" }
  /** The gateway does not respond, or its response is invalid. */
  | { kind: "failed" }
  /** The gateway rejected the request, for this reason. */
  | { kind: "refused"; reason: string };

export class HistoryError extends Error {
  override name = "HistoryError";
  constructor(readonly problem: Problem) {
    super(problem.kind === "refused" ? problem.reason : problem.kind);
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
      const sentAt = Date.now();
      const response = await fetch(gatewayUrl(path), { signal: limit });
      observeDate(response.headers.get("date"), sentAt, Date.now());
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

/** Whether the same request may succeed later. */
export function mayPass({ kind }: Problem): boolean {
  return kind !== "off" && kind !== "refused";
}

/** Pure. */
export function problemOf(status: number, body: unknown): Problem {
  const reason = readErrorReason(body);
  // An older gateway does not know the path at all.
  if (reason === "HistoryOff" || reason === "TracesOff" || (status === 404 && reason === "NotFound"))
    return { kind: "off" };
  if (reason === "HistoryTooSlow") return { kind: "tooSlow" };
  if (reason === "HistoryBusy" || reason === "TracesBusy" || reason === "TooManyRequests")
    return { kind: "busy" };
  if (reason === "HistoryUnavailable" || reason === "TracesUnavailable") return { kind: "unavailable" };
  return reason === null || status >= 500 ? { kind: "failed" } : { kind: "refused", reason };
}
