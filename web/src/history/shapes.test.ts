import { describe, expect, test } from "vitest";
import { BadMessage } from "../reading";
import { readHeat, readNear, readPastPage, readPositionsPage, readSummary } from "./shapes";

const SUMMARY = {
  since: 0,
  until: 1,
  deliveries: 3,
  examined: 2,
  byPhase: { Finished: 2, Sleeping: 1 },
  viewers: null,
  routes: [
    { routeId: "1", title: "Primeiro", deliveries: 2, positions: null },
    { routeId: "", deliveries: 1 },
  ],
  couriers: [{ courier: "moto-7", deliveries: 3 }],
  durationSeconds: { p50: 60, p95: 120.5 },
  speed: null,
  lateSeconds: { p50: 0.5, p95: 2, max: 9 },
  delayMilliseconds: { p50: 48, p95: 75.5, max: 2040 },
  overTime: [{ at: 5, deliveries: 3 }],
  overTimeMilliseconds: 10,
};

describe("a summary", () => {
  test("keeps known values and marks unknown ones", () => {
    const summary = readSummary(SUMMARY);
    expect(summary).toMatchObject({
      deliveries: 3,
      examined: 2,
      viewers: null,
      byPhase: [{ phase: "Finished", deliveries: 2 }],
      speed: { p50: null, p95: null, max: null },
      lateSeconds: { p50: 0.5, p95: 2, max: 9 },
      delayMilliseconds: { p50: 48, p95: 75.5, max: 2040 },
      repeated: null,
      overTime: [{ at: 5, deliveries: 3 }],
    });
  });

  test("loses only invalid routes", () => {
    expect(readSummary(SUMMARY).routes).toEqual([
      { routeId: "1", title: "Primeiro", deliveries: 2, positions: null },
    ]);
  });

  test("without a count is invalid", () => {
    expect(() => readSummary({ ...SUMMARY, deliveries: -1 })).toThrow(BadMessage);
    expect(() => readSummary([])).toThrow(BadMessage);
  });
});

describe("past deliveries", () => {
  const delivery = { deliveryId: "a", name: "primeiro", routeId: "1", title: "", phase: null, start: 5 };

  test("may lack what the index does not know, and have the best available title", () => {
    const { deliveries, next } = readPastPage({ deliveries: [delivery, { deliveryId: "" }], next: 17 });
    expect(deliveries).toEqual([
      {
        deliveryId: "a",
        name: "primeiro",
        routeId: "1",
        title: "primeiro",
        courier: "",
        vehicle: "",
        phase: null,
        createdAt: null,
        start: 5,
        end: null,
        durationSeconds: null,
        lateSeconds: null,
      },
    ]);
    expect(next).toBe("17");
  });

  test("end with a page without a next cursor", () => {
    expect(readPastPage({ deliveries: [], next: null }).next).toBeNull();
    expect(() => readPastPage({ deliveries: [], next: {} })).toThrow(BadMessage);
  });
});

describe("positions", () => {
  test("are converted from [lat, lng] to [lng, lat] in every response", () => {
    const stop = { seq: 0, at: 5, position: [-15.8, -47.9], speed: 1, heading: 2, progress: 3 };
    expect(readPositionsPage({ positions: [stop], next: 0 })).toMatchObject({
      positions: [{ position: [-47.9, -15.8], progress: 1 }],
      next: 0,
    });
    const heat = readHeat({
      precision: 18,
      cells: [{ position: [-15.8, -47.9], count: 4 }],
      truncated: true,
    });
    expect(heat).toEqual({
      precision: 18,
      cells: [{ position: [-47.9, -15.8], count: 4 }],
      truncated: true,
    });
  });

  test("out of range are left out", () => {
    expect(readPositionsPage({ positions: [{ seq: 0, at: 5, position: [999, 0] }] }).positions).toEqual([]);
  });
});

describe("passages", () => {
  test("have their times and the nearest distance", () => {
    const passage = { deliveryId: "a", firstAt: 1, lastAt: 2, positions: 3, nearestMeters: 4.5 };
    const { deliveries, truncated } = readNear({
      deliveries: [passage, { deliveryId: "b" }],
      truncated: true,
    });
    expect(deliveries).toHaveLength(1);
    expect(deliveries[0]).toMatchObject({ firstAt: 1, nearestMeters: 4.5, title: "" });
    expect(truncated).toBe(true);
  });
});
