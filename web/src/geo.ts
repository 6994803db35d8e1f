// Geometry for drawing: accurate to a metre within a city, which is enough for a map.
//
// Longitudes are periodic, and this file is the one place that knows: a line is unwrapped when it arrives (`unwrap`), so that
// it is continuous and may leave -180 to 180; distances and steps between points take the shorter way around.

import type { LngLat } from "./reading";

/** West, south, east, north in degrees. */
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** Metres in a degree of latitude: a sphere of 6,371,008.8 m, the mean radius of IUGG. */
export const METERS_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

export function metersPerDegreeLng(lat: number): number {
  return METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
}

/** The longitude that is nearest to a reference, among all that mean the same meridian. */
export function nearLng(lng: number, reference: number): number {
  return lng - 360 * Math.round((lng - reference) / 360);
}

/** The longitude from -180 to 180. */
export function wrapLng(lng: number): number {
  return Math.abs(lng) <= 180 ? lng : nearLng(lng, 0);
}

/** The same line without leaps: each point is at most half a turn from the one before. */
export function unwrap(points: readonly LngLat[]): LngLat[] {
  let previous = points[0]?.[0] ?? 0;
  return points.map((point) => {
    const lng = nearLng(point[0], previous);
    previous = lng;
    return lng === point[0] ? point : [lng, point[1]];
  });
}

/** Metres between two near points: equirectangular, about their mean latitude. */
export function distanceMeters(a: LngLat, b: LngLat): number {
  const x = (nearLng(b[0], a[0]) - a[0]) * metersPerDegreeLng((a[1] + b[1]) / 2);
  const y = (b[1] - a[1]) * METERS_PER_DEGREE;
  return Math.hypot(x, y);
}

export function mix(a: LngLat, b: LngLat, part: number): LngLat {
  return [a[0] + (nearLng(b[0], a[0]) - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

/**
 * The smallest bounds that hold all lines, each of which is continuous; null for no points. In bounds across the 180th
 * meridian, east is greater than 180 or west less than -180, as in the lines.
 */
export function boundsOf(lines: Iterable<readonly LngLat[]>): Bounds | null {
  const extents = [...lines].map(extentOf).filter((extent) => extent !== null);
  const [first] = extents;
  if (first === undefined || extents.length === 1) return first ?? null;
  const south = Math.min(...extents.map((extent) => extent[1]));
  const north = Math.max(...extents.map((extent) => extent[3]));
  const [west, east] = smallestArc(extents.map((extent) => [extent[0], extent[2]]));
  return [west, south, east, north];
}

/** A line this near to the others is not an outlier, metres, and at this multiple of most lines' distance neither. */
const NEAR = 50_000;
const MULTIPLE = 5;

/** The lines without those that lie far away from most: a view of all would show none. */
export function withoutOutliers(lines: readonly (readonly LngLat[])[]): (readonly LngLat[])[] {
  if (lines.length < 3) return [...lines];
  const placed = lines.flatMap((line) => {
    const extent = extentOf(line);
    return extent === null ? [] : [{ line, middle: middleOf(extent) }];
  });
  const origin = placed[0]?.middle[0] ?? 0;
  const centre: LngLat = [
    median(placed.map(({ middle }) => nearLng(middle[0], origin))),
    median(placed.map(({ middle }) => middle[1])),
  ];
  const far = placed.map(({ middle }) => distanceMeters(centre, middle));
  const usual = far.toSorted((a, b) => a - b)[Math.floor(0.75 * (far.length - 1))] ?? 0;
  const limit = Math.max(NEAR, MULTIPLE * usual);
  return placed.filter((_, index) => (far[index] ?? 0) <= limit).map(({ line }) => line);
}

function middleOf([west, south, east, north]: Bounds): LngLat {
  return [(west + east) / 2, (south + north) / 2];
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

function extentOf(points: readonly LngLat[]): Bounds | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lng, lat] of points) {
    west = Math.min(west, lng);
    south = Math.min(south, lat);
    east = Math.max(east, lng);
    north = Math.max(north, lat);
  }
  return west <= east ? [west, south, east, north] : null;
}

/** The arc that leaves out the largest gap between the given arcs; it contains the first of them. */
function smallestArc(arcs: readonly (readonly [west: number, east: number])[]): [west: number, east: number] {
  const origin = arcs[0]?.[0] ?? 0;
  // Degrees east of the first arc's west end, 0 to 360.
  const turns = arcs
    .map(([west, east]): [number, number] => {
      const from = (((west - origin) % 360) + 360) % 360;
      return [from, from + east - west];
    })
    .sort(([a], [b]) => a - b);
  // What reaches around covers the beginning, too.
  let reached = Math.max(0, ...turns.map(([, to]) => to - 360));
  let gap = { from: 0, to: 0 };
  for (const [from, to] of turns) {
    if (from - reached > gap.to - gap.from) gap = { from: reached, to: from };
    reached = Math.max(reached, to);
  }
  if (360 - reached >= gap.to - gap.from) return [origin, origin + Math.min(360, reached)];
  return [origin + gap.to - 360, origin + gap.from];
}

/** Metres of ground in one CSS pixel of a Web Mercator map with tiles of 512 pixels. */
export function metersPerPixel(zoom: number, lat: number): number {
  return (360 * metersPerDegreeLng(lat)) / (512 * 2 ** zoom);
}

/** A line with the distance to each of its points, so that a point on it is found by binary search. */
export interface MeasuredLine {
  points: readonly LngLat[];
  /** Metres from the first point to each. */
  along: readonly number[];
}

export function measureLine(points: readonly LngLat[]): MeasuredLine {
  let total = 0;
  const along = points.map((point, index) => {
    const previous = points[index - 1];
    if (previous !== undefined) total += distanceMeters(previous, point);
    return total;
  });
  return { points, along };
}

export function lengthOf(line: MeasuredLine): number {
  return line.along.at(-1) ?? 0;
}

/** The point at a fraction (0 to 1) of the line's length. Needs at least one point. */
export function pointAlong(line: MeasuredLine, part: number): LngLat {
  const wanted = lengthOf(line) * Math.min(1, Math.max(0, part));
  const next = Math.max(1, firstAtLeast(line.along, wanted));
  const [a, b] = [line.points[next - 1], line.points[next]];
  if (a === undefined || b === undefined) return line.points[0] ?? [0, 0];
  const [from, to] = [line.along[next - 1] ?? 0, line.along[next] ?? 0];
  return mix(a, b, to > from ? (wanted - from) / (to - from) : 1);
}

/** The line's own points strictly between two fractions (0 to 1) of its length. */
export function pointsBetween(line: MeasuredLine, from: number, to: number): readonly LngLat[] {
  const length = lengthOf(line);
  const half = 0.01;
  const first = firstAtLeast(line.along, from * length + half);
  const last = firstAtLeast(line.along, to * length - half);
  return line.points.slice(first, Math.max(first, last));
}

/** Index of the first value that is not below `wanted`, in an ascending list. */
function firstAtLeast(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? Infinity) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
