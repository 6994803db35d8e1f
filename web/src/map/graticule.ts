// Meridians and parallels for a view. Pure.

import type { FeatureCollection, LineString } from "geojson";
import type { Bounds } from "../geo";

/** Degrees between two lines, coarse to fine. */
const STEPS = [30, 15, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002] as const;
/** The approximate number of lines across a view. */
const LINES = 6;

export function graticule(view: Bounds): FeatureCollection<LineString, null> {
  const [west, south, east, north] = [view[0], Math.max(-85, view[1]), view[2], Math.min(85, view[3])];
  const wanted = (east - west) / LINES;
  const step = STEPS.find((candidate) => candidate <= wanted) ?? STEPS[STEPS.length - 1] ?? 1;
  const lines: [number, number][][] = [];
  for (const lng of multiples(step, west, east)) {
    lines.push([
      [lng, south],
      [lng, north],
    ]);
  }
  for (const lat of multiples(step, south, north)) {
    lines.push([
      [west, lat],
      [east, lat],
    ]);
  }
  return {
    type: "FeatureCollection",
    features: lines.map((coordinates) => ({
      type: "Feature",
      properties: null,
      geometry: { type: "LineString", coordinates },
    })),
  };
}

function multiples(step: number, from: number, to: number): number[] {
  const [first, last] = [Math.ceil(from / step), Math.floor(to / step)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step);
}
