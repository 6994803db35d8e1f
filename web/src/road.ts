// The road between two reported positions, taken from the route's line. Pure.

import { distanceMeters, lengthOf, pointsBetween, type MeasuredLine } from "./geo";
import type { LngLat } from "./reading";

/** A reported position within this distance of its route, in metres, counts as on the road. */
const ON_ROAD = 30;

/**
 * The line's points between two fractions (0 to 1) of its length, on the way to a position. Empty when the position is far
 * off the line: then the vehicle is not driving this line and is drawn in a straight line.
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
