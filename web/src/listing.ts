// Which deliveries the list shows, and in which order. Pure; the time is passed in.

import { hasEnded, remainingTime, type Deliveries, type Delivery } from "./deliveries";
import type { DeliveryView, Phase } from "./protocol";

/** The groups of deliveries under way that the list can be narrowed to. */
export const CHIPS = ["Running", "late", "Suspended", "Accepted"] as const satisfies readonly (
  Phase | "late"
)[];
export type Chip = (typeof CHIPS)[number];

/** By order of start, by arrival, or by lateness. */
export const SORTS = ["start", "eta", "late"] as const;
export type Sort = (typeof SORTS)[number];

export interface Selection {
  /** Words that must all occur in a delivery's names. */
  search: string;
  chip: Chip | null;
  sort: Sort;
}

export interface Listing {
  active: Delivery[];
  /** The latest to end comes first. */
  past: Delivery[];
  /** How many of the deliveries that are found are in each group. */
  counts: Record<Chip, number>;
  /** How many are under way, found or not. */
  total: number;
}

/** From this delay on a delivery is late, milliseconds. */
export const LATE = 10_000;

/**
 * By how much a delivery will arrive later than when it started, milliseconds: the time that it has been suspended. Its
 * positions are due at regular intervals, and after a pause all of them are due later.
 */
export function latenessOf(
  delivery: Pick<Delivery, "start" | "at" | "seq" | "intervalMilliseconds" | "phase" | "receivedAt">,
  now: number,
): number {
  const { start, at, seq, intervalMilliseconds, phase, receivedAt } = delivery;
  if (start === null || at === null || seq < 0) return 0;
  const pausing = phase === "Suspended" ? Math.max(0, now - receivedAt) : 0;
  return Math.max(0, at - (start + seq * intervalMilliseconds)) + pausing;
}

/** The deliveries of a selection. What this page started comes first, the latest on top, unless another order is chosen. */
export function listingOf(
  deliveries: Deliveries,
  own: ReadonlySet<string>,
  selection: Selection,
  now: number,
): Listing {
  const isFound = finder(selection.search);
  const counts: Record<Chip, number> = { Running: 0, late: 0, Suspended: 0, Accepted: 0 };
  const active: Delivery[] = [];
  const past: Delivery[] = [];
  let total = 0;
  for (const delivery of deliveries.values()) {
    const ended = hasEnded(delivery.phase);
    if (!ended) total += 1;
    if (!isFound(delivery)) continue;
    if (ended) {
      if (selection.chip === null) past.push(delivery);
      continue;
    }
    let isChosen = selection.chip === null;
    for (const chip of CHIPS) {
      if (!isIn(delivery, chip, now)) continue;
      counts[chip] += 1;
      isChosen ||= chip === selection.chip;
    }
    if (isChosen) active.push(delivery);
  }
  return { active: inOrder(active, own, selection.sort, now), past: past.reverse(), counts, total };
}

function isIn(delivery: Delivery, chip: Chip, now: number): boolean {
  return chip === "late" ? latenessOf(delivery, now) >= LATE : delivery.phase === chip;
}

/** Tells whether all words of a search occur in a delivery's names. */
export function finder(search: string): (delivery: DeliveryView) => boolean {
  const words = plain(search).split(/\s+/).filter(Boolean);
  return ({ name, namespace, courier, title, vehicle, deliveryId }) => {
    if (words.length === 0) return true;
    const text = plain([courier, name, title, vehicle, `${namespace}/${name}`, deliveryId].join(" "));
    return words.every((word) => text.includes(word));
  };
}

/** Without case and accents. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

function inOrder(active: Delivery[], own: ReadonlySet<string>, sort: Sort, now: number): Delivery[] {
  // Equal ones keep their order.
  const by = (value: (delivery: Delivery) => number) =>
    active
      .map((delivery) => ({ delivery, value: value(delivery) }))
      .sort((a, b) => (a.value === b.value ? 0 : a.value - b.value))
      .map(({ delivery }) => delivery);
  switch (sort) {
    case "start": {
      const ranks = new Map([...own].map((id, rank) => [id, -1 - rank]));
      return by(({ deliveryId }) => ranks.get(deliveryId) ?? 0);
    }
    case "eta":
      return by((delivery) => remainingTime(delivery, now) ?? Infinity);
    case "late":
      return by((delivery) => -latenessOf(delivery, now));
  }
}
