// What belongs to a purchase although no service asks another: ids and names that follow from the purchase's own. Pure.

import { formatDelivery, parseDelivery } from "../delivery/address";
import type { Deliveries, Delivery } from "../deliveries";
import { PURCHASES_ADDRESS, isPurchases } from "./address";
import type { Notice, Purchase } from "./shapes";
import { sha256 } from "./sha256";

/** What a customer is told of a purchase, in the order in which it happens. */
export const NEWS = [
  "approved",
  "invoiced",
  "refused",
  "accepted",
  "under-way",
  "late",
  "nearly-there",
  "finished",
  "cancelled",
  "failed",
] as const;
export type News = (typeof NEWS)[number];

/** A notification about a purchase. */
export interface Told {
  /** Null: a kind that only a newer service knows. */
  news: News | null;
  notice: Notice;
}

/** By the purchase's id; each is needed at every answer. */
const known = new Map<string, { ids: ReadonlyMap<string, News>; mark: string }>();
/** More than a view shows. */
const KEPT = 200;

/** The notifications about a purchase that stand, among those of its customer; the newest first. */
export function toldOf({ id }: Purchase, notices: readonly Notice[]): readonly Told[] {
  const { ids, mark } = kinOf(id);
  return notices.flatMap((notice) => {
    const news = ids.get(notice.id) ?? null;
    const isAbout = news !== null || (deliveryIn(notice)?.name.endsWith(mark) ?? false);
    return isAbout && notice.canceledAt === null ? [{ news, notice }] : [];
  });
}

/** The delivery that a purchase asked for, among those under way; null: it is not one of them. */
export function deliveryOf({ id }: Purchase, deliveries: Deliveries): Delivery | null {
  const { mark } = kinOf(id);
  for (const delivery of deliveries.values()) if (delivery.name.endsWith(mark)) return delivery;
  return null;
}

/** Where a notification leads, as the URL's hash; null: nowhere that this page knows. */
export function hrefOf(notice: Notice): string | null {
  const hash = hashIn(notice);
  const delivery = parseDelivery(hash);
  if (delivery !== null) return formatDelivery(delivery);
  return isPurchases(hash) ? PURCHASES_ADDRESS : null;
}

/** The id of the notification that tells some news of a purchase: a UUID of version 8. */
export function noticeId(purchaseId: string, news: News): string {
  const digest = sha256(`${purchaseId}/${news}`);
  const variant = ((parseInt(digest.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return [
    digest.slice(0, 8),
    digest.slice(8, 12),
    `8${digest.slice(13, 16)}`,
    `${variant}${digest.slice(18, 20)}`,
    digest.slice(20, 32),
  ].join("-");
}

/** How the name of the delivery ends that the operator makes of a purchase's request. */
export function deliveryMark(purchaseId: string): string {
  return `-${sha256(purchaseId).slice(0, 12)}`;
}

function kinOf(purchaseId: string) {
  let kin = known.get(purchaseId);
  if (kin === undefined) {
    if (known.size >= KEPT) known.clear();
    const ids = new Map<string, News>(NEWS.map((news) => [noticeId(purchaseId, news), news]));
    kin = { ids, mark: deliveryMark(purchaseId) };
    known.set(purchaseId, kin);
  }
  return kin;
}

function deliveryIn(notice: Notice) {
  return parseDelivery(hashIn(notice));
}

/** Links are paths of the map's own address, such as `/#/delivery/shop/primeiro`. */
function hashIn({ link }: Notice): string {
  return link.startsWith("/#") ? link.slice(1) : "";
}
