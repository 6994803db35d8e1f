import { describe, expect, test } from "vitest";
import type { Bounds } from "../geo";
import type { LngLat } from "../protocol";
import { graticule } from "./graticule";
import { MAX_CELLS, cellsOf, coverPath, drawGround, type Ground } from "./ground";

const PATH: LngLat[] = [
  [-47.92923, -15.82594],
  [-47.9278, -15.82475],
  [-47.9252, -15.8279],
  [-47.92765, -15.82942],
];
const VIEW: Bounds = [-47.94, -15.84, -47.91, -15.81];

function draw(path = PATH, view = VIEW): Ground {
  const covers = coverPath(path);
  return drawGround(cellsOf(view, covers), covers, true);
}

const first = (feature: Ground["features"][number]) =>
  JSON.stringify(feature.geometry.coordinates).replaceAll(/[[\]]/g, "");

describe("the generated ground", () => {
  test("is the same whenever it is drawn", () => {
    expect(draw()).toEqual(draw());
  });

  test("has streets, avenues, houses and greens around a route, and all of them on the Earth", () => {
    const { features } = draw();
    for (const kind of ["street", "avenue", "building", "park"] as const) {
      const some = features.filter(({ properties }) => properties.kind === kind);
      expect(some.length, kind).toBeGreaterThan(10);
    }
    for (const { geometry } of features) {
      const points = geometry.type === "Polygon" ? geometry.coordinates.flat() : geometry.coordinates;
      for (const [lng = NaN, lat = NaN] of points) {
        expect(Math.abs(lng + 47.925)).toBeLessThan(0.03);
        expect(Math.abs(lat + 15.825)).toBeLessThan(0.03);
      }
    }
  });

  test("closes its polygons", () => {
    for (const { geometry } of draw().features) {
      if (geometry.type === "Polygon")
        expect(geometry.coordinates[0]?.at(-1)).toEqual(geometry.coordinates[0]?.[0]);
    }
  });

  test("is fully visible beside the route and fades out", () => {
    const covers = coverPath(PATH);
    const wide: Bounds = [-48.02, -15.92, -47.83, -15.73];
    const near = drawGround(cellsOf(wide, covers), covers, false).features.map(
      ({ properties }) => properties.near,
    );
    expect(Math.max(...near)).toBe(1);
    expect(Math.min(...near)).toBeLessThan(0.15);
    expect(Math.min(...near)).toBeGreaterThan(0);
    expect(cellsOf([10, 50, 10.1, 50.1], covers)).toEqual([]);
  });

  test("does not change existing places when a route is added", () => {
    const shape = (ground: Ground) => new Set(ground.features.map(first));
    const before = shape(draw());
    const both = shape(draw([...PATH, [-47.92, -15.82]]));
    expect([...before].filter((each) => !both.has(each))).toEqual([]);
  });

  test("is bounded, however large the view and however long the route", () => {
    const across: LngLat[] = Array.from({ length: 500 }, (_, step) => [-48 + step / 100, -15]);
    const covers = coverPath(across);
    expect(cellsOf([-48, -15.2, -47.6, -14.9], covers).length).toBeLessThanOrEqual(MAX_CELLS);
    expect(cellsOf([-70, -30, -30, 5], covers)).toEqual([]);
  });

  test("omits buildings when they are not requested", () => {
    const covers = coverPath(PATH);
    const { features } = drawGround(cellsOf(VIEW, covers), covers, false);
    expect(features.some(({ properties }) => properties.kind === "building")).toBe(false);
  });

  test("covers every point of a path, stretch by stretch", () => {
    const long: LngLat[] = Array.from({ length: 200 }, (_, step) => [step / 1000, step / 2000]);
    const covers = coverPath(long);
    expect(covers.length).toBeGreaterThan(10);
    for (const [lng, lat] of long) {
      expect(covers.some(([w, s, e, n]) => lng >= w && lng <= e && lat >= s && lat <= n)).toBe(true);
    }
    expect(coverPath([])).toEqual([]);
  });
});

describe("the graticule", () => {
  test("has a handful of lines at every zoom", () => {
    for (const width of [0.01, 0.3, 4, 60, 360]) {
      const { features } = graticule([-width / 2, -width / 4, width / 2, width / 4]);
      expect(features.length).toBeGreaterThan(5);
      expect(features.length).toBeLessThan(40);
    }
  });

  test("is at round degrees", () => {
    const { features } = graticule([-48, -16, -47, -15]);
    for (const { geometry } of features) {
      const [[lng = 0, lat = 0] = [], [otherLng = 0] = []] = geometry.coordinates;
      const fixed = lng === otherLng ? lng : lat;
      expect(Math.abs(fixed * 10 - Math.round(fixed * 10))).toBeLessThan(1e-9);
    }
  });
});
