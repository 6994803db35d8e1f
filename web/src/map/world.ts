// Coastlines and borders from Natural Earth (1:50 million), fetched only when a view is wide enough to show them.

import type { FeatureCollection, MultiLineString } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import topologyUrl from "world-atlas/countries-50m.json?url";

export type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

export interface WorldGeometry {
  land: FeatureCollection;
  coasts: MultiLineString;
  borders: MultiLineString;
}

export async function fetchWorld(): Promise<WorldGeometry> {
  const response = await fetch(topologyUrl);
  if (!response.ok) throw new Error(`the world's outline: ${response.status}`);
  return worldGeometry((await response.json()) as World);
}

export function worldGeometry(world: World): WorldGeometry {
  const { countries, land } = world.objects;
  return {
    land: feature(world, land),
    coasts: withoutSeam(mesh(world, countries, (a, b) => a === b)),
    borders: mesh(world, countries, (a, b) => a !== b),
  };
}

/** Polygons are cut at the 180th meridian; the cut is not a coast, nor is the jump to its other side. */
export function withoutSeam(lines: MultiLineString): MultiLineString {
  const isSeam = ([from = 0]: number[], [to = 0]: number[]) =>
    Math.abs(from - to) > 180 || (Math.abs(from) > 179.9 && Math.abs(to) > 179.9);
  const coordinates = lines.coordinates.flatMap((line) => {
    const parts: number[][][] = [[]];
    line.forEach((point, index) => {
      const previous = line[index - 1];
      if (previous !== undefined && isSeam(previous, point)) parts.push([]);
      parts.at(-1)?.push(point);
    });
    return parts.filter((part) => part.length > 1);
  });
  return { type: "MultiLineString", coordinates };
}
