import { describe, expect, test } from "vitest";
import {
  labelWidth,
  placeInTime,
  ringPath,
  robustMax,
  scaleIn,
  scaleOf,
  slicesOf,
  timeTicks,
  timeUnitOf,
  spansMinutes,
} from "./chart";

describe("outliers", () => {
  const of = (...values: number[]) => robustMax(values.map((value) => ({ value })));

  test("do not flatten the others", () => {
    expect(of(40, 42, 45, 50, 1_000)).toBe(60);
    expect(of(...Array.from({ length: 100 }, (_, index) => 40 + (index % 10)), 900, 1_000)).toBeLessThan(60);
    expect(of(40, 1_000)).toBe(48);
  });

  test("are not what merely varies", () => {
    expect(of(40, 60, 110)).toBe(110);
    expect(of(7)).toBe(7);
    expect(of()).toBe(0);
    expect(of(0, 0, 0, 5)).toBe(5);
    expect(of(-5, -1)).toBe(0);
  });
});

test("an axis is as wide as its longest label", () => {
  expect(labelWidth(["0 km/h", "1.000 km/h"])).toBeGreaterThan(labelWidth(["0 km/h", "50 km/h"]));
});

describe("a scale", () => {
  test.each([
    [0, 1],
    [0.3, 0.3],
    [7, 8],
    [10, 10],
    [11, 12.5],
    [42, 50],
    [99, 100],
    [1_234, 1_250],
  ])("of values up to %d reaches %d", (most, top) => {
    expect(scaleOf(most).top).toBeCloseTo(top, 9);
  });

  test.each([1, 2, 3, 4, 5, 7, 13, 29, 100, 998])(
    "of counts up to %d has whole lines only, and few",
    (most) => {
      const { top, lines } = scaleOf(most, true);
      expect(top).toBeGreaterThanOrEqual(most);
      expect(lines.at(-1)).toBe(top);
      expect(lines.every(Number.isInteger)).toBe(true);
      expect(lines.length).toBeLessThanOrEqual(5);
    },
  );
});

describe("a scale in another unit", () => {
  test("has round numbers of that", () => {
    expect(scaleIn(60, 145)).toEqual({ top: 150, lines: [30, 60, 90, 120, 150] });
    expect(scaleIn(1 / 3.6, 16).lines.map((line) => Math.round(line * 3.6))).toEqual([20, 40, 60]);
  });

  test("is in seconds, minutes or hours, depending on the longest time", () => {
    expect([0, 119, 120, 7_199, 7_200].map(timeUnitOf)).toEqual([1, 1, 60, 60, 3_600]);
  });
});

describe("a time axis", () => {
  const interval = { since: 1_000, until: 3_000 };

  test("has its ends and the ticks between", () => {
    expect(timeTicks(interval, 3)).toEqual([1_000, 2_000, 3_000]);
    expect(placeInTime(1_500, interval)).toBe(0.25);
    expect(placeInTime(0, interval)).toBe(0);
    expect(placeInTime(9_000, interval)).toBe(1);
  });
});

describe("a pie", () => {
  test("consists of consecutive slices, all the way around", () => {
    expect(slicesOf([1, 1, 2])).toEqual([
      { from: 0, to: 0.25 },
      { from: 0.25, to: 0.5 },
      { from: 0.5, to: 1 },
    ]);
    expect(slicesOf([0, 0])).toEqual([
      { from: 0, to: 0 },
      { from: 0, to: 0 },
    ]);
  });

  test("begins at the top and goes clockwise", () => {
    expect(ringPath(0, 0.25, 1, 2)).toBe(
      "M0.000 -2.000A2 2 0 0 1 2.000 -0.000L1.000 -0.000A1 1 0 0 0 0.000 -1.000Z",
    );
  });

  test("of one part is a full ring, which a single arc cannot draw", () => {
    expect(ringPath(0, 1, 1, 2).match(/M/g)).toHaveLength(2);
  });
});

test("a short time axis has seconds", () => {
  expect(spansMinutes({ since: 0, until: 10 * 60_000 })).toBe(true);
  expect(spansMinutes({ since: 0, until: 3_600_000 })).toBe(false);
});
