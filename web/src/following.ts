// Which delivery a link asks to follow. Pure.

import type { Deliveries, Delivery } from "./deliveries";

/**
 * The end of a delivery's name, which follows from the request for it. An e-mail about a purchase is written before there is a
 * delivery, and so before it has an id.
 */
const MARK = /^[0-9a-f]{12}$/;

/** The delivery with this id, or whose name ends so; "later": it may come yet; null: there is none. */
export function followedBy(follow: string, deliveries: Deliveries): Delivery | "later" | null {
  const known = deliveries.get(follow);
  if (known !== undefined) return known;
  if (!MARK.test(follow)) return null;
  for (const delivery of deliveries.values()) if (delivery.name.endsWith(`-${follow}`)) return delivery;
  return "later";
}
