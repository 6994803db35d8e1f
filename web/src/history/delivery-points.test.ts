import { describe, expect, test } from "vitest";
import { pointsOf } from "./delivery-points";
import type { PastDelivery } from "./shapes";

const LENGTHS = new Map([["1", 1_000]]);

function delivery(changes: Partial<PastDelivery> = {}): PastDelivery {
  return {
    deliveryId: "a",
    name: "primeiro",
    routeId: "1",
    title: "Primeiro",
    courier: "moto-7",
    vehicle: "car",
    phase: "Finished",
    createdAt: 0,
    start: 5,
    end: 100_005,
    durationSeconds: 100,
    lateSeconds: 0,
    ...changes,
  };
}

describe("a delivery that arrived", () => {
  test("is a point of each chart", () => {
    const point = { at: 5, name: "Primeiro · moto-7", routeId: "1" };
    expect(pointsOf([delivery()], LENGTHS)).toEqual({
      durations: [{ ...point, value: 100 }],
      speeds: [{ ...point, value: 10 }],
      delays: [{ ...point, value: 0 }],
    });
  });

  test("has no speed when its route no longer exists, or it took no time", () => {
    const { durations, speeds } = pointsOf(
      [delivery({ routeId: "9" }), delivery({ durationSeconds: 0 })],
      LENGTHS,
    );
    expect(durations).toHaveLength(2);
    expect(speeds).toEqual([]);
  });

  test("is labelled with its route alone when it has no courier", () => {
    expect(pointsOf([delivery({ courier: "" })], LENGTHS).delays[0]?.name).toBe("Primeiro");
  });
});

test.each([{ phase: "Cancelled" }, { phase: "Running" }, { phase: null }, { start: null }] as const)(
  "a delivery with %j is in no chart",
  (changes) => {
    expect(pointsOf([delivery(changes)], LENGTHS)).toEqual({ durations: [], speeds: [], delays: [] });
  },
);
