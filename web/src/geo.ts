// Geometry for drawing: accurate to a metre within a city, which is enough for a map.

import type { LngLat } from "./protocol";

/** West, south, east, north in degrees. */
export type Bounds = readonly [west: number, south: number, east: number, north: number];

/** Metres in a degree of latitude: a sphere of 6,371,008.8 m, the mean radius of IUGG. */
export const METERS_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;

export function metersPerDegreeLng(lat: number): number {
  return METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
}

/** Metres between two near points: equirectangular, about their mean latitude. */
export function distanceMeters(a: LngLat, b: LngLat): number {
  const x = (b[0] - a[0]) * metersPerDegreeLng((a[1] + b[1]) / 2);
  const y = (b[1] - a[1]) * METERS_PER_DEGREE;
  return Math.hypot(x, y);
}

export function mix(a: LngLat, b: LngLat, part: number): LngLat {
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

/** Null for no points. */
export function boundsOf(points: Iterable<LngLat>): Bounds | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lng, lat] of points) {
    west = Math.min(west, lng);
    south = Math.min(south, lat);
    east = Math.max(east, lng);
    north = Math.max(north, lat);
  }
  return west <= east ? [west, south, east, north] : null;
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
