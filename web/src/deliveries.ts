// The deliveries that the page knows: a fold over the gateway's frames. Pure; the time is passed in.

import { isCanary, nameOf, type DeliveryName } from "./names";
import type { DeliveryView, Fix, NewPosition, Phase, ServerFrame } from "./protocol";

export interface Delivery extends DeliveryView {
  /** Determines the colour; unique among the deliveries shown. */
  slot: number;
  /** When this page received the newest position, or could have, by its own clock, milliseconds since the epoch. */
  receivedAt: number;
  /** When an ended delivery leaves the map and the list, by the page's own clock; null while it is under way. */
  leavesMapAt: number | null;
  leavesListAt: number | null;
}

/** By delivery id, in order of arrival. */
export type Deliveries = ReadonlyMap<string, Delivery>;

/** A delivery that ended while this page was showing it. */
export interface Ending {
  deliveryId: string;
  delivery: DeliveryName;
  phase: Phase;
}

/** How long the marker and the line of an ended delivery stay on the map, milliseconds. */
export const TIME_ON_MAP = 5_000;
/** How long an ended delivery stays in the list, milliseconds; a snapshot also contains those of the last minute. */
export const TIME_IN_LIST = 60_000;

export function hasEnded(phase: Phase): boolean {
  return phase === "Finished" || phase === "Cancelled" || phase === "Failed";
}

/** Milliseconds until arrival. Uses only differences between the server's times, because the two clocks may disagree. */
export function remainingTime(delivery: Delivery, now: number): number | null {
  if (delivery.phase !== "Running" || delivery.eta === null || delivery.at === null) return null;
  return Math.max(0, delivery.eta - delivery.at - (now - delivery.receivedAt));
}

/**
 * When a position that came with a snapshot could have been received: when it was due. The snapshot of a vehicle that has
 * been silent for an hour is an hour old, however new the connection is.
 */
function dueAt({ at }: DeliveryView, now: number, clockOffset: number): number {
  return at === null ? now : Math.min(now, at - clockOffset);
}

/** Applies a batch of frames, copying the map only once. `clockOffset`: the server's time less the page's. */
export function applyFrames(
  before: Deliveries,
  frames: readonly ServerFrame[],
  now: number,
  clockOffset = 0,
): { deliveries: Deliveries; endings: Ending[] } {
  const deliveries = new Map(before);
  const endings: Ending[] = [];
  const slots = new Slots(deliveries);
  let changed = false;

  const remove = (id: string): boolean => {
    slots.release(deliveries.get(id));
    return deliveries.delete(id);
  };

  /** Stores the next state of a delivery, and records its ending. */
  const put = (view: DeliveryView, receivedAt: number) => {
    const known = deliveries.get(view.deliveryId);
    const next = settle(known, view, receivedAt, slots, now);
    deliveries.set(view.deliveryId, next);
    if (known !== undefined && !hasEnded(known.phase) && hasEnded(next.phase)) {
      endings.push({ deliveryId: next.deliveryId, delivery: nameOf(next), phase: next.phase });
    }
    changed = true;
  };

  const move = ({ finished, ...fix }: NewPosition) => {
    const known = deliveries.get(fix.deliveryId);
    if (known === undefined || hasEnded(known.phase) || fix.seq <= known.seq) return;
    const phase = finished ? "Finished" : known.phase === "Accepted" ? "Running" : known.phase;
    put({ ...known, ...fix, phase }, now);
  };

  for (const frame of frames) {
    switch (frame.event) {
      case "snapshot":
      case "resumed": {
        const shown = frame.data.deliveries.filter((view) => !isCanary(view));
        const present = new Set(shown.map((view) => view.deliveryId));
        for (const id of deliveries.keys()) if (!present.has(id)) remove(id);
        for (const view of shown.toSorted(byStart)) {
          put(merge(deliveries, view), dueAt(view, now, clockOffset));
        }
        changed = true;
        break;
      }
      case "delivery":
        if (!isCanary(frame.data)) put(merge(deliveries, frame.data), now);
        break;
      case "new-position":
        move(frame.data);
        break;
      case "new-positions":
        frame.data.positions.forEach(move);
        break;
      case "left":
        changed = remove(frame.data.deliveryId) || changed;
        break;
      case "finished":
      case "cancelled": {
        const known = deliveries.get(frame.data.deliveryId);
        if (known === undefined) break;
        const phase = frame.event === "finished" ? "Finished" : "Cancelled";
        put(merge(deliveries, { ...known, phase }), known.receivedAt);
        break;
      }
      default:
        break;
    }
  }
  return { deliveries: changed ? deliveries : before, endings };
}

/** Removes deliveries that ended long enough ago; returns the same object when there are none. */
export function prune(deliveries: Deliveries, now: number): Deliveries {
  const stays = [...deliveries].filter(([, { leavesListAt }]) => leavesListAt === null || now < leavesListAt);
  return stays.length === deliveries.size ? deliveries : new Map(stays);
}

export function isOnMap(delivery: Delivery, now: number): boolean {
  return delivery.leavesMapAt === null || now < delivery.leavesMapAt;
}

/** Merges a view into the known state: the newer position wins, an ended phase is final, and Finished beats Cancelled. */
function merge(deliveries: Deliveries, view: DeliveryView): DeliveryView {
  const known = deliveries.get(view.deliveryId);
  if (known === undefined) return view;
  const fix: Fix = known.seq > view.seq ? known : view;
  const stays = hasEnded(known.phase) && view.phase !== "Finished";
  return {
    ...view,
    phase: stays ? known.phase : view.phase,
    seq: fix.seq,
    position: fix.position,
    at: fix.at,
    speed: fix.speed,
    heading: fix.heading,
    progress: fix.progress,
    eta: fix.eta,
  };
}

function settle(
  known: Delivery | undefined,
  view: DeliveryView,
  receivedAt: number,
  slots: Slots,
  now: number,
): Delivery {
  const ended = hasEnded(view.phase);
  // A delivery that had ended before this page knew it never had a marker.
  const leavesMapAt = known === undefined ? now : (known.leavesMapAt ?? now + TIME_ON_MAP);
  return {
    ...view,
    progress: view.phase === "Finished" ? 1 : view.progress,
    slot: known?.slot ?? slots.take(),
    receivedAt: known?.seq === view.seq ? known.receivedAt : receivedAt,
    leavesMapAt: ended ? leavesMapAt : null,
    leavesListAt: ended ? (known?.leavesListAt ?? now + TIME_IN_LIST) : null,
  };
}

/** Hands out the smallest free slot; counted only when a batch brings a new delivery. */
class Slots {
  readonly #deliveries: Deliveries;
  #taken: Set<number> | null = null;
  /** No slot before it is free. */
  #first = 0;

  constructor(deliveries: Deliveries) {
    this.#deliveries = deliveries;
  }

  take(): number {
    this.#taken ??= new Set([...this.#deliveries.values()].map(({ slot }) => slot));
    while (this.#taken.has(this.#first)) this.#first += 1;
    this.#taken.add(this.#first);
    return this.#first;
  }

  release(delivery: Delivery | undefined): void {
    if (delivery === undefined || this.#taken === null) return;
    this.#taken.delete(delivery.slot);
    this.#first = Math.min(this.#first, delivery.slot);
  }
}

/** Those without a start come last: they have not begun yet. */
function byStart(a: DeliveryView, b: DeliveryView): number {
  return (a.start ?? Infinity) - (b.start ?? Infinity) || a.deliveryId.localeCompare(b.deliveryId);
}
