// Coastlines, borders and countries from Natural Earth (1:50 million), fetched only when a view is wide enough to show them.

import type { Feature, FeatureCollection, MultiLineString } from "geojson";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import topologyUrl from "world-atlas/countries-50m.json?url";
import { countryOf, withoutLeaps, type Country, type Rings } from "./places";

export type World = Topology<{ countries: GeometryCollection<{ name: string }>; land: GeometryCollection }>;

export interface WorldGeometry {
  land: FeatureCollection;
  coasts: MultiLineString;
  borders: MultiLineString;
  countries: Country[];
}

export async function fetchWorld(): Promise<WorldGeometry> {
  const response = await fetch(topologyUrl);
  if (!response.ok) throw new Error(`the world's outline: ${response.status}`);
  return worldGeometry((await response.json()) as World);
}

export function worldGeometry(world: World): WorldGeometry {
  const { countries, land } = world.objects;
  return {
    land: { type: "FeatureCollection", features: feature(world, land).features.map(continuous) },
    coasts: withoutSeam(mesh(world, countries, (a, b) => a === b)),
    borders: mesh(world, countries, (a, b) => a !== b),
    countries: feature(world, countries).features.flatMap(({ id, properties, geometry }) => {
      const parts: Rings[] =
        geometry.type === "MultiPolygon"
          ? geometry.coordinates
          : geometry.type === "Polygon"
            ? [geometry.coordinates]
            : [];
      const code = id === undefined ? null : String(id).padStart(3, "0");
      return countryOf(code, properties.name, parts) ?? [];
    }),
  };
}

/**
 * Land whose outline goes on beyond the 180th meridian, which the map draws on its other side. With the leap from one edge to
 * the other, it would fill a strip of sea around the whole earth.
 */
function continuous(shape: Feature): Feature {
  const { geometry } = shape;
  if (geometry.type === "Polygon") {
    return { ...shape, geometry: { ...geometry, coordinates: withoutLeaps(geometry.coordinates) } };
  }
  if (geometry.type === "MultiPolygon") {
    const coordinates = geometry.coordinates.map((rings) => withoutLeaps(rings));
    return { ...shape, geometry: { ...geometry, coordinates } };
  }
  return shape;
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
