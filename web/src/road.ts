// The road between two reported positions, by the line of the route. Pure.

import { distanceMeters, lengthOf, pointsBetween, type MeasuredLine } from "./geo";
import type { LngLat } from "./reading";

/** A reported position this near its route, in metres, is on the road: the vehicle is drawn along it. */
const ON_ROAD = 30;

/**
 * The line's own points on the way to a position, between two parts (0 to 1) of the line's length. None when the position
 * is far off the line: then the line is not the one driven, and the vehicle goes straight on.
 */
export function roadBetween(
  line: MeasuredLine,
  from: number,
  to: number,
  position: LngLat,
): readonly LngLat[] {
  const between = pointsBetween(line, from, to);
  const last = between.at(-1);
  const stray = last === undefined || distanceMeters(last, position) > ON_ROAD + (to - from) * lengthOf(line);
  return stray ? [] : between;
}
