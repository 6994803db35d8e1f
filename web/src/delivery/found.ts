// What a delivery's page knows of it: from the stream while it is under way, and from the gateway's answers. Pure.

import { hasEnded, type Deliveries, type Delivery } from "../deliveries";
import type { Problem } from "../history/client";
import type { DeliveryDetails } from "../protocol";
import type { DeliveryAddress } from "./address";

/** The delivery of an address among those that stream; of several by that name, the one under way. */
export function findDelivery(
  deliveries: Deliveries,
  { namespace, name, id }: DeliveryAddress,
): Delivery | null {
  if (id !== null) return deliveries.get(id) ?? null;
  let found: Delivery | null = null;
  for (const delivery of deliveries.values()) {
    if (delivery.name !== name || delivery.namespace !== namespace) continue;
    if (!hasEnded(delivery.phase)) return delivery;
    found = delivery;
  }
  return found;
}

/** What an answer that may still be on its way says. */
interface Answer<Value> {
  value: Value | null;
  problem: Problem | null;
}

export interface Known {
  /** From the stream. */
  live: Delivery | null;
  /** The answer to the search by name; its value is empty if there is none. */
  search: Answer<readonly unknown[]>;
  /** The answer of `GET /deliveries/:id`. */
  details: Answer<DeliveryDetails>;
}

/**
 * "gone": it was known here, and no longer is. "away": nothing is known of it, because the gateway does not answer;
 * "unavailable": because its store of past deliveries does not.
 */
export type PageState = "loading" | "shown" | "unknown" | "gone" | "away" | "unavailable";

export function stateOf({ live, search, details }: Known): PageState {
  if (live !== null) return "shown";
  if (details.problem?.kind === "refused") return details.value === null ? "unknown" : "gone";
  if (details.value !== null) return "shown";
  if (search.value?.length === 0) return "unknown";
  const problem = details.problem ?? search.problem;
  if (problem === null) return "loading";
  return problem.kind === "unavailable" ? "unavailable" : "away";
}

/** What only the answer has, as long as there is none. */
const UNKNOWN = {
  ...{ createdAt: null, end: null, record: null, plan: null, pod: "", traceId: "" },
  events: [],
};

/** The newest of both: the stream's fix is newer, and only the answer has the rest. */
export function combine(live: Delivery | null, details: DeliveryDetails | null): DeliveryDetails | null {
  if (live === null) return details;
  if (details?.deliveryId !== live.deliveryId) return { ...live, ...UNKNOWN };
  const { createdAt, end, record, plan, pod, traceId, events } = details;
  return { ...live, createdAt, end, record, plan, pod, traceId, events };
}
