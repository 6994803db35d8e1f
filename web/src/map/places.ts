// Names on the built-in base map: those of countries, at a point inside each, and of larger towns. Pure.

import type { FeatureCollection, Point, Position } from "geojson";
import { nearLng, wrapLng } from "../geo";
import type { Language } from "../i18n";
import { placeIcon } from "./icons";
import { TOWNS } from "./towns";

export interface Country {
  /** Its number in ISO 3166, such as `076`; null: it has none. */
  code: string | null;
  /** In English. */
  name: string;
  /** Inside its largest part. */
  point: [lng: number, lat: number];
  /** Of its largest part, in square degrees: where there is room for one name, the larger country has it. */
  size: number;
}

/** The outer ring of a polygon, and its holes. */
export type Rings = readonly (readonly Position[])[];

/** A country as its parts have it; null: it has none. */
export function countryOf(code: string | null, name: string, parts: readonly Rings[]): Country | null {
  const whole = parts.map(withoutLeaps);
  const sizes = whole.map((rings) => Math.max(0, ...rings.map(sizeOf)));
  const size = Math.max(0, ...sizes);
  const point = pointInside(whole[sizes.indexOf(size)] ?? []);
  return point === null ? null : { code, name, point: [wrapLng(point[0]), point[1]], size };
}

/** An outline that crosses the 180th meridian leaps to the other side; here it goes on, and its holes beside it. */
export function withoutLeaps(rings: Rings): Position[][] {
  const start = rings[0]?.[0]?.[0] ?? 0;
  return rings.map((ring) => {
    let previous = start;
    const whole = ring.map(([lng = 0, lat = 0]) => {
      previous = nearLng(lng, previous);
      return [previous, lat];
    });
    return [...whole, ...overThePole(whole)];
  });
}

/** What closes an outline that goes around a pole, as Antarctica's: two of its rings do, one of them at the pole itself. */
function overThePole(ring: readonly Position[]): Position[] {
  const [first, last] = [ring[0], ring.at(-1)];
  if (first === undefined || last === undefined) return [];
  const [[west = 0, lat = 0], [east = 0]] = [first, last];
  if (Math.abs(east - west) < 180) return [];
  const pole = lat < 0 ? -90 : 90;
  return [
    [east, pole],
    [west, pole],
    [west, lat],
  ];
}

/** The names in a language, as features that name their image. */
export function placesOf(countries: readonly Country[], language: Language): FeatureCollection<Point> {
  const names = new Intl.DisplayNames(language, { type: "region" });
  const labels = [
    ...countries.map(({ code, name, point, size }) => ({
      kind: "country" as const,
      name: countryName(code, name, names),
      point,
      order: -size,
    })),
    ...TOWNS.map(({ names: of, lng, lat, rank }) => ({
      kind: rank === 1 ? ("city" as const) : ("town" as const),
      name: of[language],
      point: [lng, lat],
      order: rank,
    })),
  ];
  return {
    type: "FeatureCollection",
    features: labels.map(({ kind, name, point, order }) => ({
      type: "Feature",
      properties: { kind, order, icon: placeIcon(kind === "country" ? "country" : "town", name) },
      geometry: { type: "Point", coordinates: point },
    })),
  };
}

/** Browsers know the names of all countries, by their letters. */
function countryName(code: string | null, english: string, names: Intl.DisplayNames): string {
  if (code === null) return english;
  const { region } = new Intl.Locale(`und-${code}`);
  return region === undefined || region === code ? english : (names.of(region) ?? english);
}

/** How many lines across a polygon are tried for the widest. */
const LINES = 15;

/** In the middle of the widest stretch across it, of those near the middle of its height. */
export function pointInside(rings: Rings): [number, number] | null {
  const lats = rings.flatMap((ring) => ring.map(([, lat = 0]) => lat));
  // Not by spreading: an outline has tens of thousands of points.
  const south = lats.reduce((a, b) => Math.min(a, b), Infinity);
  const north = lats.reduce((a, b) => Math.max(a, b), -Infinity);
  let best: { lng: number; lat: number; worth: number } | null = null;
  for (let line = 1; line <= LINES; line += 1) {
    const part = line / (LINES + 1);
    const lat = south + part * (north - south);
    const crossings = crossingsAt(rings, lat);
    for (let index = 0; index + 1 < crossings.length; index += 2) {
      const [west = 0, east = 0] = crossings.slice(index, index + 2);
      const worth = (east - west) * (1 - Math.abs(part - 0.5));
      if (east > west && worth > (best?.worth ?? 0)) best = { lng: (west + east) / 2, lat, worth };
    }
  }
  return best === null ? null : [best.lng, best.lat];
}

/** Where the outlines cross a parallel, from west to east. */
function crossingsAt(rings: Rings, lat: number): number[] {
  const found: number[] = [];
  for (const ring of rings) {
    ring.forEach(([lng = 0, at = 0], index) => {
      const [nextLng = 0, nextAt = 0] = ring[index + 1] ?? [lng, at];
      if (at > lat === nextAt > lat) return;
      found.push(lng + ((lat - at) / (nextAt - at)) * (nextLng - lng));
    });
  }
  return found.sort((a, b) => a - b);
}

/** Square degrees, narrower towards the poles as the earth is. */
function sizeOf(ring: readonly Position[]): number {
  let [twice, lats] = [0, 0];
  ring.forEach(([lng = 0, lat = 0], index) => {
    const [nextLng = 0, nextLat = 0] = ring[index + 1] ?? [lng, lat];
    twice += lng * nextLat - nextLng * lat;
    lats += lat;
  });
  const middle = ring.length === 0 ? 0 : lats / ring.length;
  return Math.abs(twice / 2) * Math.cos((middle * Math.PI) / 180);
}
