import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { withoutSeam, worldGeometry, type World } from "./world";

const file = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
const { land, coasts, borders } = worldGeometry(JSON.parse(readFileSync(file, "utf8")) as World);

function steps(line: number[][]): number[] {
  return line.slice(1).map(([lng = 0], index) => Math.abs(lng - (line[index]?.[0] ?? 0)));
}

test("no coast or border crosses the whole map, as Fiji's would at the 180th meridian", () => {
  for (const line of [...coasts.coordinates, ...borders.coordinates]) {
    expect(Math.max(...steps(line))).toBeLessThan(90);
  }
});

/** Whether the map fills a place: it draws each outline as it is given, and again a turn to both sides. */
function isLand(lng: number, lat: number): boolean {
  const polygons = land.features.flatMap(({ geometry }) =>
    geometry.type === "MultiPolygon"
      ? geometry.coordinates
      : geometry.type === "Polygon"
        ? [geometry.coordinates]
        : [],
  );
  const crossings = (ring: number[][], from: number) =>
    ring.slice(1).filter(([toLng = 0, toLat = 0], index) => {
      const [fromLng = 0, fromLat = 0] = ring[index] ?? [];
      const part = (lat - fromLat) / (toLat - fromLat);
      return fromLat > lat !== toLat > lat && fromLng + part * (toLng - fromLng) > from;
    }).length;
  return [lng - 360, lng, lng + 360].some((from) =>
    polygons.some((rings) => rings.reduce((sum, ring) => sum + crossings(ring, from), 0) % 2 === 1),
  );
}

test("no sea is filled as land, as a leap across the 180th meridian would, and no land is left out", () => {
  for (const [lng, lat] of [
    [0, 67],
    [-60, 68],
    [0, 71.2],
    [-40, 55],
    [-100, -16.52],
  ] as const)
    expect(isLand(lng, lat), `${lng}, ${lat}`).toBe(false);
  for (const [lng, lat] of [
    [100, 66],
    [-175, 66.5],
    [-179, 71.2],
    [-47.9, -15.8],
    [0, -85],
  ] as const)
    expect(isLand(lng, lat), `${lng}, ${lat}`).toBe(true);
});

test("land, coasts and borders exist", () => {
  expect(land.features.length).toBeGreaterThan(0);
  expect(coasts.coordinates.length).toBeGreaterThan(1_000);
  expect(borders.coordinates.length).toBeGreaterThan(150);
});

test("a line along the meridian, or around the world, is cut out of its coast", () => {
  const coordinates = [
    [
      [179, 1],
      [180, 1],
      [180, 2],
      [179, 2],
      [-179, 3],
      [-178, 3],
    ],
  ];
  expect(withoutSeam({ type: "MultiLineString", coordinates }).coordinates).toEqual([
    [
      [179, 1],
      [180, 1],
    ],
    [
      [180, 2],
      [179, 2],
    ],
    [
      [-179, 3],
      [-178, 3],
    ],
  ]);
});
