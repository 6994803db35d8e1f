// Asks the gateway's history interface, and says in which way it failed.

import { gatewayUrl } from "../http";
import { limitTo } from "../limit";
import { readErrorReason, readErrorSentence } from "../protocol";

export type Problem =
  /** The gateway has no Elasticsearch to ask. */
  | { kind: "off" }
  /** It has one, which does not answer. */
  | { kind: "unavailable" }
  /** It does not get done in time. */
  | { kind: "tooSlow" }
  /** Too many ask at once. */
  | { kind: "busy" }
  /** The gateway itself does not answer, or not as agreed. */
  | { kind: "failed" }
  /** A whole sentence of the gateway. */
  | { kind: "refused"; sentence: string };

export class HistoryError extends Error {
  override name = "HistoryError";
  constructor(readonly problem: Problem) {
    super(problem.kind === "refused" ? problem.sentence : problem.kind);
  }
}

const TIME_LIMIT = 20_000;
/** The map asks for several layers at once; the gateway answers others as well. */
const AT_ONCE = 4;
const limited = limitTo(AT_ONCE);

/**
 * Asks for an address and reads its answer.
 * @throws {HistoryError} and, when `signal` says so, an AbortError
 */
export async function ask<Answer>(
  path: string,
  read: (body: unknown) => Answer,
  signal: AbortSignal,
): Promise<Answer> {
  return limited(async () => {
    signal.throwIfAborted();
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT)]);
      const answer = await fetch(gatewayUrl(path), { signal: limit });
      const body: unknown = await answer.json();
      if (!answer.ok) throw new HistoryError(problemOf(answer.status, body));
      return read(body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HistoryError) throw error;
      // No line, no JSON, too late, or `BadMessage`.
      throw new HistoryError({ kind: "failed" });
    }
  });
}

/** Pure. */
export function problemOf(status: number, body: unknown): Problem {
  const reason = readErrorReason(body);
  // An older gateway does not know the address at all.
  if (reason === "HistoryOff" || (status === 404 && reason === "NotFound")) return { kind: "off" };
  if (reason === "HistoryTooSlow") return { kind: "tooSlow" };
  if (reason === "HistoryBusy") return { kind: "busy" };
  if (status === 503) return { kind: "unavailable" };
  const sentence = readErrorSentence(body);
  return sentence === null || status >= 500 ? { kind: "failed" } : { kind: "refused", sentence };
}
