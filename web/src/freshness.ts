// How fresh is what the page shows, and if it is not: why. Pure; the time is passed in, by the page's own clock.

import type { Deliveries, Delivery } from "./deliveries";
import type { PageState } from "./state";

/** Why nothing new arrives. */
export type Outage =
  /** The browser has no network. */
  | "offline"
  /** The gateway answers neither over WebSocket nor over HTTP. */
  | "gateway"
  /** It answers over HTTP alone, so something between blocks WebSocket: the page polls. */
  | "blocked"
  /** It answers, but Kafka does not. */
  | "kafka"
  /** All is well, as far as the page knows, but not one vehicle reports. */
  | "silent";

/** Why nothing can be started or controlled. */
export type Obstacle = Exclude<Outage, "silent"> | "connecting";

/** A running delivery is stale after this many intervals without a position, */
const MISSED_INTERVALS = 3;
/** but not before this, milliseconds: what is read, sent and drawn in batches arrives unevenly. */
const MIN_PATIENCE = 3_000;
/** How often the page asks for the deliveries when it has no WebSocket, milliseconds. */
export const POLL_INTERVAL = 3_000;
/** A connection that is back sooner is not worth a banner, milliseconds. */
export const OUTAGE_DELAY = 2_000;
/** With no position at all for this long, the page suspects the connection, milliseconds. */
const SILENCE = 6_000;

/** Whether a running delivery has missed its positions, so that its place, speed and ETA are of the past. */
export function isStale(delivery: Delivery, now: number, polling: boolean): boolean {
  if (delivery.phase !== "Running") return false;
  const patience = Math.max(MISSED_INTERVALS * delivery.intervalMilliseconds, MIN_PATIENCE);
  return ageOf(delivery, now) > patience + (polling ? 2 * POLL_INTERVAL : 0);
}

/** Milliseconds since the newest position arrived. */
export function ageOf({ receivedAt }: Pick<Delivery, "receivedAt">, now: number): number {
  return Math.max(0, now - receivedAt);
}

/** Null: nothing is wrong, or not for long enough to say so. */
export function outageOf(state: PageState, now: number): Outage | null {
  const { connection, lostAt, server, online, polling } = state;
  if (connection === "open") {
    if (server?.kafka === "unavailable") return "kafka";
    return isSilent(state.deliveries, now) ? "silent" : null;
  }
  if (polling) return "blocked";
  if (now - lostAt < OUTAGE_DELAY) return null;
  return online ? "gateway" : "offline";
}

/** Null: requests can be sent. */
export function obstacleOf({ connection, server, online, polling }: PageState): Obstacle | null {
  if (connection === "open") return server?.kafka === "unavailable" ? "kafka" : null;
  if (polling) return "blocked";
  if (!online) return "offline";
  return connection === "connecting" ? "connecting" : "gateway";
}

/** Whether vehicles are under way, all of them stale for some time. */
function isSilent(deliveries: Deliveries, now: number): boolean {
  let running = 0;
  for (const delivery of deliveries.values()) {
    if (delivery.phase !== "Running") continue;
    running += 1;
    if (ageOf(delivery, now) < SILENCE + MISSED_INTERVALS * delivery.intervalMilliseconds) return false;
  }
  return running > 0;
}
