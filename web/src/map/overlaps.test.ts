import { describe, expect, test } from "vitest";
import { crowdsOf, fanOut, type Placed } from "./overlaps";

function at(id: string, x: number, y: number): Placed {
  return { id, x, y };
}

describe("vehicles on top of each other", () => {
  test("are a crowd at the place of the first; those alone are none", () => {
    const placed = [at("a", 100, 100), at("b", 110, 100), at("far", 300, 100), at("c", 100, 85)];
    expect(crowdsOf(placed, 16)).toEqual([{ ids: ["a", "b", "c"], x: 100, y: 100 }]);
    expect(crowdsOf([at("a", 0, 0), at("b", 17, 0)], 16)).toEqual([]);
    expect(crowdsOf([], 16)).toEqual([]);
  });

  test("are found across every edge of the grid, also left of and above the map", () => {
    for (const [x, y] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [1, 1],
      [-1, -1],
    ] as const) {
      expect(crowdsOf([at("a", 0, 0), at("b", x, y)], 16)).toHaveLength(1);
      expect(crowdsOf([at("a", -32, -32), at("b", x - 32, y - 32)], 16)).toHaveLength(1);
    }
  });

  test("belong to one crowd only, and none is lost", () => {
    const placed = Array.from({ length: 500 }, (_, index) =>
      at(String(index), (index * 7919) % 400, (index * 104_729) % 300),
    );
    const ids = crowdsOf(placed, 20).flatMap((crowd) => crowd.ids);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(300);
  });
});

describe("a fan", () => {
  test.each([2, 3, 6, 7, 40])("of %d has room for each vehicle", (count) => {
    const places = fanOut(count);
    expect(places).toHaveLength(count);
    places.forEach(([x, y], index) => {
      expect(Math.hypot(x, y)).toBeGreaterThan(30);
      for (const [otherX, otherY] of places.slice(index + 1))
        expect(Math.hypot(x - otherX, y - otherY)).toBeGreaterThan(30);
    });
  });
});
