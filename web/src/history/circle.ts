// A circle on the ground. Pure.

import type { Polygon } from "geojson";
import { METERS_PER_DEGREE, metersPerDegreeLng } from "../geo";
import type { Around } from "./address";

const CORNERS = 72;

/** All that is so many metres from a point; not for the poles, where a degree of longitude is no way at all. */
export function circleAround({ point: [lng, lat], radius }: Around): Polygon {
  const perLng = Math.max(1, metersPerDegreeLng(lat));
  const ring = Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const angle = (2 * Math.PI * (corner % CORNERS)) / CORNERS;
    return [lng + (radius * Math.cos(angle)) / perLng, lat + (radius * Math.sin(angle)) / METERS_PER_DEGREE];
  });
  return { type: "Polygon", coordinates: [ring] };
}
