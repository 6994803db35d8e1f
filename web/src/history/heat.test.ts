import { describe, expect, test } from "vitest";
import { METERS_PER_DEGREE, distanceMeters } from "../geo";
import { circleAround } from "./circle";
import { heatFeatures, heatRadius, routeFeatures } from "./heat";

const HEAT = {
  precision: 20,
  cells: [
    { position: [1, 2] as const, count: 16 },
    { position: [3, 4] as const, count: 4 },
  ],
  truncated: false,
};

describe("heat", () => {
  test("is hottest where most positions were, and quiet places stay visible", () => {
    expect(heatFeatures(HEAT).features).toMatchObject([
      { geometry: { coordinates: [1, 2] }, properties: { weight: 1, count: 16 } },
      { geometry: { coordinates: [3, 4] }, properties: { weight: 0.5 } },
    ]);
    expect(heatFeatures({ ...HEAT, cells: [] }).features).toEqual([]);
  });

  test("of a route has its colour", () => {
    expect(routeFeatures(HEAT, "2", "#123456")[0]?.properties).toMatchObject({
      routeId: "2",
      colour: "#123456",
    });
  });

  test("grows with its cells as the map zooms in", () => {
    // A cell of zoom 20 is 4 pixels wide at map zoom 13, and 32 at 16.
    expect(heatRadius(20).slice(3)).toEqual([13, 7.2, 14, 14.4, 15, 28.8, 16, 57.6]);
  });
});

describe("a circle on the ground", () => {
  test.each([0, -15.83, 60])("is as wide as it is high at latitude %d", (lat) => {
    const [ring = []] = circleAround({ point: [-47.93, lat], radius: 500 }).coordinates;
    expect(ring[0]).toEqual(ring.at(-1));
    for (const [x = 0, y = 0] of ring) {
      expect(distanceMeters([-47.93, lat], [x, y])).toBeCloseTo(500, 0);
    }
    expect(Math.max(...ring.map(([, y = 0]) => y)) - lat).toBeCloseTo(500 / METERS_PER_DEGREE, 9);
  });
});
