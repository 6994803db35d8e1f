// What has happened to a delivery, and what is expected. Pure; times are the server's, milliseconds since the epoch.

import { hasEnded } from "../deliveries";
import type { DeliveryDetails, DeliveryEvent, DeliveryView } from "../protocol";
import type { Pause } from "./samples";

export type TimelineKey =
  "ordered" | "started" | "paused" | "newest" | "expected" | "Finished" | "Cancelled" | "Failed";

export interface TimelineEvent {
  key: TimelineKey;
  /** Null: it has happened, but when is not known. */
  at: number | null;
  /** When a pause ended; null: it has not, or the event has no duration. */
  until: number | null;
}

type Times = Pick<DeliveryView, "phase" | "start" | "at" | "eta"> &
  Partial<Pick<DeliveryDetails, "createdAt" | "end">>;

/** In the order in which it happened; what is expected comes last. */
export function timelineOf(delivery: Times, pauses: readonly Pause[]): TimelineEvent[] {
  const { phase, start, at, eta, createdAt = null, end = null } = delivery;
  const events: TimelineEvent[] = [];
  const add = (key: TimelineKey, time: number | null, until: number | null = null) => {
    events.push({ key, at: time, until });
  };
  if (createdAt !== null) add("ordered", createdAt);
  if (start !== null) add("started", start);
  for (const { from, until } of pauses) add("paused", from, until);
  if (at !== null) add("newest", at);
  // Positions that become due during a suspension are not: it began with the newest.
  if (phase === "Suspended") add("paused", at);
  // The operator notices an end a little after the last position was due; nothing else is known of an old gateway's.
  if (phase === "Finished" || phase === "Cancelled" || phase === "Failed") add(phase, end);
  else if (eta !== null && phase !== "Suspended" && !hasEnded(phase)) add("expected", eta);
  return events;
}

/** What the operator has said of the delivery in between. */
export interface ToldEvent {
  key: "event";
  event: DeliveryEvent;
}

/** The timeline with the events where they happened last; what is expected stays last. */
export function withEvents(
  timeline: readonly TimelineEvent[],
  events: readonly DeliveryEvent[],
): (TimelineEvent | ToldEvent)[] {
  const left = events.toSorted((one, other) => one.last - other.last);
  const items: (TimelineEvent | ToldEvent)[] = [];
  const take = (until: number) => {
    for (let next = left[0]; next !== undefined && next.last < until; next = left[0]) {
      items.push({ key: "event", event: next });
      left.shift();
    }
  };
  for (const event of timeline) {
    if (event.key === "expected") take(Infinity);
    else if (event.at !== null) take(event.at);
    items.push(event);
  }
  take(Infinity);
  return items;
}
