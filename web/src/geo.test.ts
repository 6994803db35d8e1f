import { describe, expect, test } from "vitest";
import {
  boundsOf,
  distanceMeters,
  lengthOf,
  measureLine,
  metersPerPixel,
  pointAlong,
  pointsBetween,
} from "./geo";

test("a degree of latitude is about 111.2 km, one of longitude less away from the equator", () => {
  expect(distanceMeters([0, 0], [0, 1])).toBeCloseTo(111_195, -1);
  expect(distanceMeters([0, 60], [1, 60]) / distanceMeters([0, 0], [1, 0])).toBeCloseTo(0.5, 3);
});

test("a pixel of the world at zoom 0 is a 512th of the equator", () => {
  expect(metersPerPixel(0, 0)).toBeCloseTo(40_030_229 / 512, 0);
  expect(metersPerPixel(1, 0)).toBeCloseTo(metersPerPixel(0, 0) / 2, 6);
});

test("bounds hold all points; none have none", () => {
  expect(
    boundsOf([
      [2, -1],
      [-3, 4],
    ]),
  ).toEqual([-3, -1, 2, 4]);
  expect(boundsOf([])).toBeNull();
});

describe("a measured line", () => {
  const line = measureLine([
    [0, 0],
    [0, 1],
    [0, 1],
    [0, 4],
  ]);

  test("gives the point at a fraction of its length", () => {
    expect(lengthOf(line)).toBeCloseTo(4 * 111_195, -2);
    expect(pointAlong(line, 0)).toEqual([0, 0]);
    expect(pointAlong(line, 0.5)[1]).toBeCloseTo(2, 9);
    expect(pointAlong(line, 1)).toEqual([0, 4]);
    expect(pointAlong(line, 7)).toEqual([0, 4]);
    expect(pointAlong(line, -1)).toEqual([0, 0]);
  });

  test("gives its points strictly between two fractions", () => {
    expect(pointsBetween(line, 0, 0.5)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect(pointsBetween(line, 0, 0.25)).toEqual([]);
    expect(pointsBetween(line, 0.3, 0.6)).toEqual([]);
    expect(pointsBetween(line, 0.6, 0.3)).toEqual([]);
  });

  test("of one point is at that point everywhere", () => {
    expect(pointAlong(measureLine([[5, 6]]), 0.5)).toEqual([5, 6]);
  });
});
