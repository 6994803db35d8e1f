import { describe, expect, test } from "vitest";
import {
  boundsOf,
  distanceMeters,
  lengthOf,
  measureLine,
  mix,
  metersPerPixel,
  pointAlong,
  pointsBetween,
  unwrap,
  withoutOutliers,
  wrapLng,
} from "./geo";
import type { LngLat } from "./reading";

test("a degree of latitude is about 111.2 km, one of longitude less away from the equator", () => {
  expect(distanceMeters([0, 0], [0, 1])).toBeCloseTo(111_195, -1);
  expect(distanceMeters([0, 60], [1, 60]) / distanceMeters([0, 0], [1, 0])).toBeCloseTo(0.5, 3);
});

test("a pixel of the world at zoom 0 is a 512th of the equator", () => {
  expect(metersPerPixel(0, 0)).toBeCloseTo(40_030_229 / 512, 0);
  expect(metersPerPixel(1, 0)).toBeCloseTo(metersPerPixel(0, 0) / 2, 6);
});

test("bounds hold all points; none have none", () => {
  const lines: LngLat[][] = [
    [
      [2, -1],
      [-3, 4],
    ],
    [],
    [[1, 9]],
  ];
  expect(boundsOf(lines)).toEqual([-3, -1, 2, 9]);
  expect(boundsOf([])).toBeNull();
  expect(boundsOf([[]])).toBeNull();
});

describe("across the 180th meridian", () => {
  const road: LngLat[] = [
    [179.9, -16.9],
    [180, -16.8],
    [-179.9, -16.9],
  ];

  test("a line is unwrapped, whichever way it crosses", () => {
    expect(unwrap(road).map(([lng]) => lng)).toEqual([179.9, 180, 180.1]);
    const back = unwrap(road.toReversed()).map(([lng]) => lng);
    expect(back[0]).toBe(-179.9);
    expect(back[2]).toBeCloseTo(-180.1, 9);
    expect(unwrap([])).toEqual([]);
    expect(wrapLng(180.1)).toBeCloseTo(-179.9, 9);
    expect(wrapLng(-180)).toBe(-180);
  });

  test("distances and steps take the short way", () => {
    expect(distanceMeters([179.9, 0], [-179.9, 0])).toBeCloseTo(0.2 * 111_195, -2);
    expect(mix([179.9, 0], [-179.9, 0], 0.5)[0]).toBeCloseTo(180, 9);
    expect(pointAlong(measureLine([...road]), 0.75)[0]).toBeCloseTo(180.05, 2);
  });

  test("bounds hold the lines and no more", () => {
    expect(boundsOf([unwrap(road)])).toEqual([179.9, -16.9, 180.1, -16.8]);
    const others: LngLat[][] = [[[-179.95, 0]], [[179.8, 1]]];
    const bounds = boundsOf([unwrap(road), ...others])?.map((degrees) => Number(degrees.toFixed(6)));
    expect(bounds).toEqual([179.8, -16.9, 180.1, 1]);
    const apart = boundsOf([[[-47.9, 0]], [[-48, 0]], [[178, 0]]])?.map((degrees) =>
      Number(degrees.toFixed(6)),
    );
    expect(apart).toEqual([-182, 0, -47.9, 0]);
    const around = boundsOf(
      [0, 90, 180, 270].map((lng): LngLat[] => [
        [lng, 0],
        [lng + 90, 0],
      ]),
    );
    expect(around).toEqual([0, 0, 360, 0]);
  });
});

describe("outliers", () => {
  const at = (lng: number, lat: number): LngLat[] => [
    [lng, lat],
    [lng + 0.01, lat],
  ];
  const city = [at(-47.9, -15.8), at(-47.92, -15.81), at(-47.91, -15.83)];

  test("are left out, wherever they come", () => {
    expect(withoutOutliers([at(179.99, -16.9), ...city])).toEqual(city);
    expect(withoutOutliers(city)).toEqual(city);
    expect(withoutOutliers([])).toEqual([]);
  });

  test("are not a second city, or what is spread evenly", () => {
    const two = [at(-47.9, -15.8), at(2.3, 48.8)];
    expect(withoutOutliers(two)).toEqual(two);
    const both = [...city, at(2.3, 48.8), at(2.4, 48.9)];
    expect(withoutOutliers(both)).toEqual(both);
    const country = [0, 2, 4, 6, 8].map((lng) => at(lng, 0));
    expect(withoutOutliers(country)).toEqual(country);
  });
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
