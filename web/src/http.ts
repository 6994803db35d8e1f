// The gateway's HTTP interface: the available routes, the line of a delivery, the page's configuration.

import { observeDate } from "./clock";
import { boundsOf, type ClockBounds } from "./clock-bounds";
import { hasEnded } from "./deliveries";
import {
  readConfig,
  readDeliveryPage,
  readErrorSentence,
  readRoute,
  readRoutes,
  type DeliveryView,
  type PageConfig,
  type Route,
  type RouteSummary,
} from "./protocol";

const REQUEST_TIMEOUT = 10_000;

/** A URL of the gateway, wherever the page is mounted. */
export function gatewayUrl(path: string, base = document.baseURI): URL {
  return new URL(path, base);
}

/** A map shows only the latest position of each delivery, and the binary form is a fifteenth of the size of JSON. */
export function socketUrl(base = document.baseURI): URL {
  const url = gatewayUrl("ws?mode=latest&batch=true&form=binary", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

export async function fetchRoutes(): Promise<RouteSummary[]> {
  return readRoutes(await getJson("routes"));
}

/** The gateway's own limit of a page. */
const PAGE_SIZE = 1_000;
/** A gateway whose cursor does not advance does not keep the page asking. */
const MAX_PAGES = 20;

/** The deliveries under way, and past ones for which `isShown`: what a snapshot would contain. */
export async function fetchDeliveries(isShown: (deliveryId: string) => boolean): Promise<DeliveryView[]> {
  const found: DeliveryView[] = [];
  let before: string | null = null;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const cursor: string = before === null ? "" : `&before=${encodeURIComponent(before)}`;
    const { deliveries, next } = readDeliveryPage(await getJson(`deliveries?limit=${PAGE_SIZE}${cursor}`));
    found.push(...deliveries.filter(({ phase, deliveryId }) => !hasEnded(phase) || isShown(deliveryId)));
    // Those under way come first.
    if (next === null || deliveries.some(({ phase }) => hasEnded(phase))) break;
    before = next;
  }
  return found;
}

/** Whether the gateway answers at all. */
export async function isReachable(): Promise<boolean> {
  try {
    await getJson("config.json");
    return true;
  } catch {
    return false;
  }
}

/** Asks the gateway what time it is; null: it does not say. */
export async function probeClock(): Promise<ClockBounds | null> {
  const sentAt = Date.now();
  const { headers } = await fetch(gatewayUrl("config.json"), {
    method: "HEAD",
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    cache: "no-store",
  });
  return boundsOf(headers.get("date"), sentAt, Date.now());
}

export async function fetchConfig(): Promise<PageConfig> {
  return readConfig(await getJson("config.json"));
}

/** The line of a delivery: the revision of its route that it drives. */
export async function fetchDrivenRoute(deliveryId: string): Promise<Route> {
  return readRoute(await getJson(`deliveries/${encodeURIComponent(deliveryId)}/route`));
}

async function getJson(path: string): Promise<unknown> {
  const sentAt = Date.now();
  // A response out of a cache would have an old date, and say that a gateway answers that does not.
  const response = await fetch(gatewayUrl(path), {
    signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    cache: "no-store",
  });
  observeDate(response.headers.get("date"), sentAt, Date.now());
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(readErrorSentence(body) ?? `${path}: ${response.status}`);
  return body;
}
