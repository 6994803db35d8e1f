// How long each delivery took, how fast and how late it was, as points over time. Pure.

import type { PastDelivery } from "./shapes";

export interface Point {
  at: number;
  value: number;
  /** What the point stands for; empty for a number of many. */
  name: string;
  routeId: string;
}

export interface EachPoints {
  /** Seconds. */
  durations: Point[];
  /** Metres per second on average, stops included. */
  speeds: Point[];
  /** Seconds. */
  delays: Point[];
}

/** Of those that arrived: only they have driven all of their way. `lengths`: metres by route, of those that are known. */
export function pointsOf(
  deliveries: readonly PastDelivery[],
  lengths: ReadonlyMap<string, number>,
): EachPoints {
  const points: EachPoints = { durations: [], speeds: [], delays: [] };
  for (const { phase, start, durationSeconds, lateSeconds, title, courier, routeId } of deliveries) {
    if (phase !== "Finished" || start === null) continue;
    const name = courier === "" ? title : `${title} · ${courier}`;
    const point = (value: number): Point => ({ at: start, value, name, routeId });
    if (lateSeconds !== null) points.delays.push(point(lateSeconds));
    if (durationSeconds === null) continue;
    points.durations.push(point(durationSeconds));
    const length = lengths.get(routeId) ?? 0;
    if (length > 0 && durationSeconds > 0) points.speeds.push(point(length / durationSeconds));
  }
  return points;
}
