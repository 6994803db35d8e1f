import { describe, expect, test } from "vitest";
import {
  deliveriesPath,
  heatPath,
  namedPath,
  pastPath,
  nearPath,
  rectangle,
  positionsPath,
  summaryPath,
} from "./query";

const ALL = { since: 1_000, until: 2_000, route: "", courier: "" };

describe("a query", () => {
  test("omits empty filters", () => {
    expect(summaryPath(ALL)).toBe("history/summary?since=1000&until=2000");
    expect(deliveriesPath(ALL, null)).toBe("history/deliveries?since=1000&until=2000&limit=30");
    expect(positionsPath("a/b", null)).toBe("history/deliveries/a%2Fb/positions?limit=2000");
  });

  test("escapes the names of route and courier", () => {
    const query = new URLSearchParams(summaryPath({ ...ALL, route: "a&b", courier: "João 7" }).split("?")[1]);
    expect([query.get("route"), query.get("courier")]).toEqual(["a&b", "João 7"]);
  });

  test("for the next page has a cursor", () => {
    expect(deliveriesPath(ALL, "17")).toContain("before=17");
    expect(positionsPath("a", 0)).toContain("after=0");
  });

  test("for a name asks for the newest of it", () => {
    const query = new URLSearchParams(namedPath({ namespace: "a", name: "b&c" }).split("?")[1]);
    expect([...query]).toEqual([
      ["namespace", "a"],
      ["name", "b&c"],
      ["limit", "1"],
    ]);
  });

  test("for past deliveries asks for those alone", () => {
    expect(pastPath(30)).toBe("deliveries?past=true&limit=30");
  });

  test("for a place has longitude first", () => {
    const path = nearPath(ALL, { point: [-47.93, -15.83], radius: 250 });
    expect(new URLSearchParams(path.split("?")[1]).get("point")).toBe("-47.93,-15.83");
    expect(path).toContain("radius=250");
  });

  test("for heat has the view and the filter", () => {
    const path = heatPath({ ...ALL, route: "2" }, [-48, -16, -47, -15]);
    const query = new URLSearchParams(path.split("?")[1]);
    expect(query.get("rectangle")).toBe("-48.00000,-16.00000,-47.00000,-15.00000");
    expect(query.get("route")).toBe("2");
  });
});

describe("a view", () => {
  test.each([
    ["of a town", [-48, -16, -47, -15], "-48.00000,-16.00000,-47.00000,-15.00000"],
    ["of more than the earth", [-300, -100, 300, 100], "-180.00000,-90.00000,180.00000,90.00000"],
    ["across the 180th meridian", [170, -20, 190, -10], "170.00000,-20.00000,-170.00000,-10.00000"],
    ["on another round of the earth", [350, 0, 360, 10], "-10.00000,0.00000,0.00000,10.00000"],
  ] as const)("%s", (_, view, expected) => {
    expect(rectangle(view)).toBe(expected);
  });
});
