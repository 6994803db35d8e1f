import { describe, expect, test } from "vitest";
import { DEFAULT_HISTORY, formatAddress, parseAddress, readPoint, type HistoryParams } from "./address";

describe("an address", () => {
  test.each(["", "#", "#live", "#other/history"])("such as %j is the live map", (hash) => {
    expect(parseAddress(hash)).toBeNull();
  });

  test("of the history alone has the defaults", () => {
    expect(parseAddress("#history")).toEqual(DEFAULT_HISTORY);
    expect(formatAddress(DEFAULT_HISTORY)).toBe("#history");
    expect(formatAddress(null)).toBe("#");
  });

  test.each<[string, Partial<HistoryParams>]>([
    ["a tab", { tab: "deliveries" }],
    ["a range that ends now", { range: "7d" }],
    ["a range of its own", { range: { since: 1_000, until: 2_000 } }],
    ["a route and a courier with odd names", { route: "a/b?c=d&e", courier: "João #7, moto" }],
    ["a place", { tab: "near", searchArea: { point: [-47.92923, -15.82594], radius: 100 } }],
    ["a place with a radius", { searchArea: { point: [179.9, -89.5], radius: 2_500 } }],
    ["a replay", { replay: "f47ac10b-58cc" }],
    ["a replay of an odd id, from a moment on", { replay: "a/b c", from: 1_700_000_000_123 }],
  ])("keeps %s", (_, change) => {
    const past = { ...DEFAULT_HISTORY, ...change };
    expect(parseAddress(formatAddress(past))).toEqual(past);
  });

  test("is readable", () => {
    const searchArea = { point: [-47.93, -15.83] as const, radius: 50 };
    expect(formatAddress({ ...DEFAULT_HISTORY, tab: "near", range: "1h", searchArea })).toBe(
      "#history?show=near&range=1h&near=-47.93,-15.83&radius=50",
    );
  });

  test.each([
    "#history?range=2y&show=everything",
    "#history?since=yesterday&until=now",
    "#history?since=2026-11-22T10:00:00Z&until=2026-11-22T09:00:00Z",
    "#history?near=999,0",
    "#history?near=here",
    "#history/%E0%A4%A?from=0",
    "#history/?from=2026-11-22T09:00:00Z",
  ])("leaves out what it does not understand: %s", (hash) => {
    expect(parseAddress(hash)).toEqual(DEFAULT_HISTORY);
  });

  test("has the default radius instead of an invalid one", () => {
    for (const radius of ["0", "-5", "20000", "far"])
      expect(parseAddress(`#history?near=1,2&radius=${radius}`)?.searchArea?.radius).toBe(100);
  });
});

describe("a point", () => {
  test("may be written with a decimal comma", () => {
    expect(readPoint(" -47,93 ", "-15.83")).toEqual([-47.93, -15.83]);
  });

  test.each([
    ["", "0"],
    ["0", ""],
    ["181", "0"],
    ["0", "-90.1"],
    ["x", "0"],
    ["1e999", "0"],
  ])("is none: %j, %j", (lng, lat) => {
    expect(readPoint(lng, lat)).toBeNull();
  });
});
