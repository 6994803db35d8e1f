// Heat-map cells as GeoJSON. Pure.

import type { Feature, FeatureCollection, Point } from "geojson";
import type { ExpressionSpecification } from "maplibre-gl";
import type { Cell, Heat } from "./shapes";

/** With 512-pixel tiles, a cell of tile zoom z is one pixel at map zoom z − 9. */
const PIXEL_ZOOM = 9;
/** The radius of a cell's heat, in cells, so that neighbours blend. */
const REACH = 1.8;

/** `weight`: 0 to 1, the square root of the count over the largest count, so that quiet streets stay visible. */
export function heatFeatures(heat: Heat): FeatureCollection<Point> {
  const max = Math.max(1, ...heat.cells.map(({ count }) => count));
  return collection(heat.cells, (cell) => ({ count: cell.count, weight: Math.sqrt(cell.count / max) }));
}

/** The positions of one route, in its colour. */
export function routeFeatures(heat: Heat, routeId: string, colour: string): Feature<Point>[] {
  const max = Math.max(1, ...heat.cells.map(({ count }) => count));
  return collection(heat.cells, (cell) => ({
    routeId,
    colour,
    count: cell.count,
    weight: Math.sqrt(cell.count / max),
  })).features;
}

/** The radius in pixels: it scales with the cell, within limits that keep it visible and cheap to draw. */
export function heatRadius(precision: number): ExpressionSpecification {
  const zoomAt = (pixels: number) => precision - PIXEL_ZOOM + Math.log2(pixels);
  const stops = [4, 8, 16, 32].flatMap((pixels) => [zoomAt(pixels), pixels * REACH]);
  return ["interpolate", ["exponential", 2], ["zoom"], ...stops] as unknown as ExpressionSpecification;
}

function collection(
  cells: readonly Cell[],
  propertiesOf: (cell: Cell) => Record<string, unknown>,
): FeatureCollection<Point> {
  return {
    type: "FeatureCollection",
    features: cells.map((cell) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [cell.position[0], cell.position[1]] },
      properties: propertiesOf(cell),
    })),
  };
}
