// Cells of a heat map as the map draws them. Pure.

import type { Feature, FeatureCollection, Point } from "geojson";
import type { ExpressionSpecification } from "maplibre-gl";
import type { Cell, Heat } from "./shapes";

/** A map of tiles of 512 pixels shows a cell of tile zoom z as one pixel at map zoom z − 9. */
const PIXEL_ZOOM = 9;
/** A cell's warmth reaches this many cells, so that neighbours flow into each other. */
const REACH = 1.8;

/** `weight`: 0 to 1, the root of the part of the largest count, so that a quiet street is seen beside a busy one. */
export function heatFeatures(heat: Heat): FeatureCollection<Point> {
  const most = Math.max(1, ...heat.cells.map(({ count }) => count));
  return collection(heat.cells, (cell) => ({ count: cell.count, weight: Math.sqrt(cell.count / most) }));
}

/** The positions of one route, in its colour. */
export function routeFeatures(heat: Heat, routeId: string, colour: string): Feature<Point>[] {
  const most = Math.max(1, ...heat.cells.map(({ count }) => count));
  return collection(heat.cells, (cell) => ({
    routeId,
    colour,
    count: cell.count,
    weight: Math.sqrt(cell.count / most),
  })).features;
}

/** How wide a cell's warmth is drawn, pixels: with the cell, but never too small to be seen, nor too large to be drawn. */
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
