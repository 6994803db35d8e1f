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
