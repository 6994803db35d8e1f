// Duration, speed and delay of each delivery, as points over time. Pure.

import { isolate } from "../names";
import type { PastDelivery } from "./shapes";

export interface Point {
  at: number;
  value: number;
  /** The label of the point. */
  name: string;
  routeId: string;
}

export interface DeliveryPoints {
  /** Seconds. */
  durations: Point[];
  /** Metres per second on average, stops included. */
  speeds: Point[];
  /** Seconds. */
  delays: Point[];
}

/** Only of deliveries that arrived, because only they drove the full route. `lengths`: metres by route id. */
export function pointsOf(
  deliveries: readonly PastDelivery[],
  lengths: ReadonlyMap<string, number>,
): DeliveryPoints {
  const points: DeliveryPoints = { durations: [], speeds: [], delays: [] };
  for (const { phase, start, durationSeconds, lateSeconds, title, courier, routeId } of deliveries) {
    if (phase !== "Finished" || start === null) continue;
    const name = courier === "" ? isolate(title) : `${isolate(title)} · ${isolate(courier)}`;
    const point = (value: number): Point => ({ at: start, value, name, routeId });
    if (lateSeconds !== null) points.delays.push(point(lateSeconds));
    if (durationSeconds === null) continue;
    points.durations.push(point(durationSeconds));
    const length = lengths.get(routeId) ?? 0;
    if (length > 0 && durationSeconds > 0) points.speeds.push(point(length / durationSeconds));
  }
  return points;
}
