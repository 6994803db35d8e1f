// Places an order with the purchases service.

import { ask, type ServiceProblem } from "./client";
import type { Order } from "./form";
import { readPurchase, type Purchase } from "./shapes";

const never = new AbortController().signal;

/** Whether another order was taken under the same key: an earlier attempt, whose answer was lost. */
export function isKeyUsed(problem: ServiceProblem): boolean {
  return problem.kind === "refused" && problem.reason === "IdempotencyKeyReused";
}

/**
 * The same key again is the same purchase, however often it is sent.
 * @throws {ServiceError}
 */
export function placeOrder(order: Order, key: string): Promise<Purchase> {
  return ask("api/purchases", readPurchase, never, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": key },
    body: JSON.stringify(order),
  });
}
