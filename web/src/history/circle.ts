// A circle on the ground. Pure.

import type { Polygon } from "geojson";
import { METERS_PER_DEGREE, metersPerDegreeLng } from "../geo";
import type { SearchArea } from "./address";

const CORNERS = 72;

/** The circle around a point. Not accurate near the poles, where a degree of longitude has no length. */
export function circleAround({ point: [lng, lat], radius }: SearchArea): Polygon {
  const perLng = Math.max(1, metersPerDegreeLng(lat));
  const ring = Array.from({ length: CORNERS + 1 }, (_, corner) => {
    const angle = (2 * Math.PI * (corner % CORNERS)) / CORNERS;
    return [lng + (radius * Math.cos(angle)) / perLng, lat + (radius * Math.sin(angle)) / METERS_PER_DEGREE];
  });
  return { type: "Polygon", coordinates: [ring] };
}
