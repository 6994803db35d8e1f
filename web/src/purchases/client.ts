// Sends requests to the services of purchases, invoices and notifications and to the mail server, and classifies failures. All of
// them are below the page's own address, where an entrance joins them to the gateway.

import { gatewayUrl } from "../http";
import { readErrorReason } from "../protocol";
import { orNull, parseJson } from "../reading";

export const SERVICES = ["purchases", "invoices", "notifications", "mail"] as const;
export type Service = (typeof SERVICES)[number];

export type ServiceProblem =
  /** Nobody serves the path: this installation does not have the service, or another address joins it. */
  | { kind: "absent" }
  /** The service does not respond, or not as agreed. */
  | { kind: "away" }
  /** It responds, and does not know what was asked for. */
  | { kind: "unknown" }
  /** It rejected the request, for this reason. */
  | { kind: "refused"; reason: string };

export class ServiceError extends Error {
  override name = "ServiceError";
  constructor(readonly problem: ServiceProblem) {
    super(problem.kind === "refused" ? problem.reason : problem.kind);
  }
}

const REQUEST_TIMEOUT = 10_000;

/**
 * Fetches a path and parses the response.
 * @throws {ServiceError} or, when `signal` aborts, an AbortError
 */
export async function ask<Body>(
  path: string,
  read: (body: unknown) => Body,
  signal: AbortSignal,
  request: RequestInit = {},
): Promise<Body> {
  signal.throwIfAborted();
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT)]);
    const response = await fetch(gatewayUrl(path), { ...request, signal: limit, cache: "no-store" });
    const text = await response.text();
    const body = orNull(() => parseJson(text));
    if (!response.ok || body === null) throw new ServiceError(problemOf(response.status, body));
    return read(body);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ServiceError) throw error;
    // A network error, a timeout, or `BadMessage`.
    throw new ServiceError({ kind: "away" });
  }
}

/** `body`: null if it is not JSON. Pure. */
export function problemOf(status: number, body: unknown): ServiceProblem {
  const reason = readErrorReason(body);
  // It has too much to do at the moment, and says so.
  if (status === 503 && reason === "Busy") return { kind: "refused", reason };
  if (status >= 500 || (reason === null && (status === 408 || status === 429))) return { kind: "away" };
  // `NotFound` is the gateway's word for a path that it does not know; a page of HTML is another server's.
  if (reason === null || (status === 404 && reason === "NotFound")) return { kind: "absent" };
  return status === 404 ? { kind: "unknown" } : { kind: "refused", reason };
}

export function problemIn(error: unknown): ServiceProblem {
  return error instanceof ServiceError ? error.problem : { kind: "away" };
}
