// Generates streets, avenues, buildings and parks around the routes, for when no public base map is available. They belong
// to no real city. Pure and deterministic: the same place looks the same on every page, whatever routes pass by.
//
// The world is a grid of cells, squares in the Mercator projection. Each cell is split recursively into blocks with its own
// random numbers; a slow wave bends the grid, so that it does not look ruled. It fades out away from the routes.

import type { Feature, FeatureCollection, LineString, Polygon, Position } from "geojson";
import { METERS_PER_DEGREE, boundsOf, metersPerDegreeLng, type Bounds } from "../geo";
import type { LngLat } from "../protocol";

export interface GroundProperties {
  kind: "avenue" | "street" | "park" | "building";
  /** 1 beside a route, 0 at the edge of the ground. */
  near: number;
}

export type Ground = FeatureCollection<LineString | Polygon, GroundProperties>;

/** Degrees of longitude and of Mercator's latitude; about 490 m at the equator. */
const CELL = 0.0044;
/** In cells: the side below which a block is not split further, and half the width of a street. */
const BLOCK = 0.26;
const KERB = 0.012;
/** Metres from a route: the ground is fully visible up to the first, and ends at the second. */
const WHOLE = 250;
const END = 1_500;
/** The maximum number of cells drawn, however large the view. */
export const MAX_CELLS = 500;
/** Each rectangle covers about this many metres of a route; near the rectangle counts as near the route. */
const STRETCH = 800;

type Rectangle = readonly [west: number, south: number, east: number, north: number];

/** Rectangles that cover a path, one for each stretch of it. */
export function coverPath(path: readonly LngLat[]): Bounds[] {
  const covers: Bounds[] = [];
  let stretch: LngLat[] = [];
  for (const point of path) {
    stretch.push(point);
    const bounds = boundsOf([stretch]);
    if (bounds !== null && extent(bounds) > STRETCH) {
      covers.push(bounds);
      stretch = [point];
    }
  }
  const rest = boundsOf([stretch]);
  if (rest !== null) covers.push(rest);
  return covers;
}

/** The names of the cells in a view, nearest to its centre first. */
export function cellsOf(view: Bounds, covers: readonly Bounds[]): string[] {
  const [west, south, east, north] = view;
  const [left, right] = [Math.floor(west / CELL), Math.floor(east / CELL)];
  const [bottom, top] = [Math.floor(toMercator(south) / CELL), Math.floor(toMercator(north) / CELL)];
  // In the view of a whole country, cells would be too small to see.
  if ((right - left + 1) * (top - bottom + 1) > 10 * MAX_CELLS) return [];
  const cells: { name: string; away: number }[] = [];
  for (let column = left; column <= right; column += 1) {
    for (let row = bottom; row <= top; row += 1) {
      const middle: LngLat = [(column + 0.5) * CELL, fromMercator((row + 0.5) * CELL)];
      if (nearness(middle, covers) === 0) continue;
      const away = Math.hypot(column - (left + right) / 2, row - (bottom + top) / 2);
      cells.push({ name: `${column}/${row}`, away });
    }
  }
  cells.sort((a, b) => a.away - b.away);
  return cells.slice(0, MAX_CELLS).map((cell) => cell.name);
}

/** The ground of these cells. Buildings are most of it, and are drawn only when zoomed in. */
export function drawGround(cells: readonly string[], covers: readonly Bounds[], buildings: boolean): Ground {
  const features: Ground["features"] = [];
  const add = (kind: GroundProperties["kind"], geometry: LineString | Polygon, at: Position) => {
    const near = nearness([at[0] ?? 0, at[1] ?? 0], covers);
    if (near > 0) features.push({ type: "Feature", properties: { kind, near }, geometry });
  };
  for (const name of cells) {
    const [column, row] = name.split("/").map(Number);
    if (column === undefined || row === undefined) continue;
    for (const { kind, geometry, at } of drawCell(column, row, buildings)) add(kind, geometry, at);
  }
  return { type: "FeatureCollection", features };
}

interface Drawn {
  kind: GroundProperties["kind"];
  geometry: LineString | Polygon;
  at: Position;
}

function drawCell(column: number, row: number, buildings: boolean): Drawn[] {
  const drawn: Drawn[] = [];
  const random = randomOf(column, row);
  const place = (x: number, y: number): Position => bend(column + x, row + y);

  const line = (kind: "avenue" | "street", from: [number, number], to: [number, number]) => {
    const steps = 4;
    const coordinates = Array.from({ length: steps + 1 }, (_, step) => {
      const part = step / steps;
      return place(from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part);
    });
    drawn.push({ kind, geometry: { type: "LineString", coordinates }, at: coordinates[steps / 2] ?? [0, 0] });
  };
  const area = (kind: "park" | "building", [west, south, east, north]: Rectangle) => {
    const ring = [place(west, south), place(east, south), place(east, north), place(west, north)];
    const first = ring[0] ?? [0, 0];
    drawn.push({ kind, geometry: { type: "Polygon", coordinates: [[...ring, first]] }, at: first });
  };

  const split = (block: Rectangle, depth: number) => {
    const [west, south, east, north] = block;
    const [width, height] = [east - west, north - south];
    if (Math.max(width, height) < BLOCK * (0.85 + 0.5 * random())) {
      fill(block);
      return;
    }
    if (depth >= 2 && random() < 0.08) {
      area("park", inset(block, KERB * 1.5));
      return;
    }
    const part = 0.38 + 0.24 * random();
    if (width > height) {
      const x = west + width * part;
      line("street", [x, south], [x, north]);
      split([west, south, x, north], depth + 1);
      split([x, south, east, north], depth + 1);
    } else {
      const y = south + height * part;
      line("street", [west, y], [east, y]);
      split([west, south, east, y], depth + 1);
      split([west, y, east, north], depth + 1);
    }
  };

  /** Two rows of houses with a yard between, or a park. */
  const fill = (block: Rectangle) => {
    const [west, south, east, north] = inset(block, KERB);
    if (random() < 0.1) {
      area("park", [west, south, east, north]);
      return;
    }
    if (!buildings) return;
    const along = east - west >= north - south;
    const length = along ? east - west : north - south;
    const depth = along ? north - south : east - west;
    const houses = Math.max(2, Math.round(length / 0.05));
    for (let house = 0; house < houses; house += 1) {
      for (const side of [0, 1]) {
        const [gap, tall] = [0.08 + 0.22 * random(), 0.3 + 0.13 * random()];
        if (random() < 0.12) continue;
        const from = (house + gap / 2) * (length / houses);
        const to = (house + 1 - gap / 2) * (length / houses);
        const [low, high] = side === 0 ? [0, depth * tall] : [depth * (1 - tall), depth];
        area(
          "building",
          along
            ? [west + from, south + low, west + to, south + high]
            : [west + low, south + from, west + high, south + to],
        );
      }
    }
  };

  // Each cell draws its west and south avenues; its neighbours draw the others.
  line("avenue", [0, 0], [1, 0]);
  line("avenue", [0, 0], [0, 1]);
  split([0, 0, 1, 1], 0);
  return drawn;
}

function inset([west, south, east, north]: Rectangle, by: number): Rectangle {
  return [west + by, south + by, east - by, north - by];
}

/** From grid coordinates to `[lng, lat]`: a slow wave shifts them by less than a quarter of a cell. */
function bend(x: number, y: number): Position {
  const bentX =
    x + 0.16 * Math.sin(y * 0.9 + 0.6 * Math.sin(x * 0.37)) + 0.07 * Math.sin(x * 0.53 + y * 0.41);
  const bentY =
    y + 0.16 * Math.sin(x * 0.8 + 0.7 * Math.sin(y * 0.43)) + 0.07 * Math.sin(x * 0.47 - y * 0.59);
  return [bentX * CELL, fromMercator(bentY * CELL)];
}

/** 1 within `WHOLE` metres of a rectangle, 0 from `END` on. */
function nearness([lng, lat]: LngLat, covers: readonly Bounds[]): number {
  let nearest = Infinity;
  for (const [west, south, east, north] of covers) {
    const y = Math.max(south - lat, 0, lat - north) * METERS_PER_DEGREE;
    if (y >= Math.min(nearest, END)) continue;
    const x = Math.max(west - lng, 0, lng - east) * metersPerDegreeLng(lat);
    nearest = Math.min(nearest, Math.hypot(x, y));
  }
  const part = Math.min(1, Math.max(0, (END - nearest) / (END - WHOLE)));
  return Math.round(part * part * (3 - 2 * part) * 20) / 20;
}

function extent([west, south, east, north]: Bounds): number {
  return Math.max((east - west) * metersPerDegreeLng(south), (north - south) * METERS_PER_DEGREE);
}

/** The Mercator latitude, in degrees. */
function toMercator(lat: number): number {
  const limited = Math.min(85, Math.max(-85, lat));
  return (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (limited * Math.PI) / 360));
}

function fromMercator(y: number): number {
  return (360 / Math.PI) * Math.atan(Math.exp((y * Math.PI) / 180)) - 90;
}

/** Random numbers from 0 to 1 seeded by the cell (mulberry32 over a hash of its indices). */
function randomOf(column: number, row: number): () => number {
  let state = (Math.imul(column, 0x9e3779b1) ^ Math.imul(row, 0x85ebca77)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type GroundFeature = Feature<LineString | Polygon, GroundProperties>;
