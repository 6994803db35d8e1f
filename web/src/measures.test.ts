import { describe, expect, test } from "vitest";
import { applyFrames } from "./deliveries";
import { newPosition, position, snapshot, view } from "./fixtures";
import { addReading, agesOf, isGrowing, percentile, positionsIn, ratesOf, type Reading } from "./measures";

function reading(at: number, count: number): Reading {
  return { at, frames: count, bytes: 100 * count, positions: 10 * count, drawn: 2 * count };
}

describe("measures", () => {
  test("are rates per second over the last seconds", () => {
    expect(ratesOf([reading(0, 0)])).toBeNull();
    expect(ratesOf([reading(1_000, 0), reading(3_000, 4)])).toEqual({
      ...{ frames: 2, bytes: 200, positions: 20, drawn: 4 },
    });
    let readings: readonly Reading[] = [];
    for (let second = 0; second <= 60; second += 1) {
      readings = addReading(readings, reading(second * 1_000, second < 30 ? 5 * second : 150));
    }
    expect(ratesOf(readings)?.positions).toBe(0);
  });

  test("count the positions in frames", () => {
    expect(positionsIn(position("d1", 1))).toBe(1);
    const positions = [newPosition("d1", 1), newPosition("d1", 2)];
    expect(positionsIn({ event: "new-positions", data: { positions } })).toBe(2);
    expect(positionsIn(snapshot(view("d1")))).toBe(0);
  });

  test("are the ages of vehicles under way, of nothing else", () => {
    const { deliveries } = applyFrames(
      new Map(),
      [
        snapshot(
          view("a", { at: 9_000 }),
          view("b", { at: 6_000 }),
          view("ahead", { at: 11_000 }),
          view("paused", { at: 0, phase: "Suspended" }),
          view("waiting", { at: null }),
        ),
      ],
      0,
    );
    expect(agesOf(deliveries, 10_000)).toEqual([0, 1_000, 4_000]);
  });

  test("have percentiles by the nearest rank", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(hundred, 0.5)).toBe(50);
    expect(percentile(hundred, 0.99)).toBe(99);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNull();
  });

  test("grow when they rise again and again", () => {
    expect(isGrowing([1, 2, 3, 4, 5, 6])).toBe(true);
    expect(isGrowing([9, 1, 2, 3, 4, 5, 6])).toBe(true);
    expect(isGrowing([1, 2, 3, 4, 5])).toBe(false);
    expect(isGrowing([1, 2, 3, 3, 4, 5, 6])).toBe(false);
    expect(isGrowing([6, 5, 4, 3, 2, 1])).toBe(false);
  });
});
