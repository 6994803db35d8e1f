// The address of a delivery's own page, as the URL's hash: `#/delivery/NAMESPACE/NAME`, and `?id=ID` for one that others of the
// same name have followed. Pure.

import { hasEnded } from "../deliveries";
import type { Phase } from "../protocol";

export interface DeliveryAddress {
  namespace: string;
  /** The name of its object. */
  name: string;
  /** Null: the newest delivery of that name. */
  id: string | null;
}

const MAX_TEXT_LENGTH = 253;

/** Null: the address of another view. */
export function parseDelivery(hash: string): DeliveryAddress | null {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const [start, view, namespace, name, ...rest] = path.split("/");
  if (start !== "" || view !== "delivery" || rest.length > 0) return null;
  const [inNamespace, named] = [decode(namespace), decode(name)];
  if (inNamespace === null || named === null) return null;
  const id = new URLSearchParams(query).get("id")?.slice(0, MAX_TEXT_LENGTH);
  return { namespace: inNamespace, name: named, id: id === undefined || id === "" ? null : id };
}

export function formatDelivery({ namespace, name, id }: DeliveryAddress): string {
  const path = `#/delivery/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
  return id === null ? path : `${path}?${new URLSearchParams({ id })}`;
}

/** The link to a delivery; once it has ended, another may take its name. */
export function linkOf(delivery: {
  deliveryId: string;
  namespace: string;
  name: string;
  phase: Phase;
}): string {
  const { deliveryId, namespace, name, phase } = delivery;
  return formatDelivery({ namespace, name, id: hasEnded(phase) ? deliveryId : null });
}

function decode(part: string | undefined): string | null {
  if (part === undefined || part === "") return null;
  try {
    return decodeURIComponent(part).slice(0, MAX_TEXT_LENGTH);
  } catch {
    return null;
  }
}
