import { describe, expect, test } from "vitest";
import { STALE_COLOUR } from "../colours";
import type { Delivery } from "../deliveries";
import { view } from "../fixtures";
import { measureLine } from "../geo";
import { endFeatures, lineFeatures, worthDrawing } from "./features";
import { Vehicles } from "./vehicles";

/** East, then north: 0.002° each. */
const LINE = measureLine([
  [0, 0],
  [0.002, 0],
  [0.002, 0.002],
]);
const SCALE = 1;

function delivery(changes: Partial<Delivery> = {}): Delivery {
  const where = { vehicle: "spaceship", position: [0.001, 0], heading: 90, progress: 0.25 } as const;
  return { ...view("a", where), slot: 0, receivedAt: 0, leavesMapAt: null, leavesListAt: null, ...changes };
}

const next = delivery({ seq: 2, at: 1000, position: [0.002, 0.001], heading: 0, progress: 0.75 });

describe("a vehicle", () => {
  test("is drawn at its reported position, then moves along its road to the next one", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    expect(vehicles.advance(0, SCALE, false)).toEqual({ moving: false, visible: true });
    expect(vehicles.features(null)).toMatchObject([
      { geometry: { coordinates: [0.001, 0] }, properties: { heading: 90, followed: false } },
    ]);
    vehicles.put(next, LINE, 500);
    for (let now = 500; now < 3_000; now += 50) {
      vehicles.advance(now, SCALE, false);
      const [lng, lat] = vehicles.poseOf("a")?.position ?? [NaN, NaN];
      expect(lat < 1e-9 || Math.abs(lng - 0.002) < 1e-9).toBe(true);
    }
    expect(vehicles.poseOf("a")?.position).toEqual([0.002, 0.001]);
  });

  test("is at its newest position immediately with reduced motion", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.put(next, LINE, 500);
    expect(vehicles.advance(510, SCALE, true)).toEqual({ moving: false, visible: true });
    expect(vehicles.poseOf("a")).toEqual({ position: [0.002, 0.001], heading: 0 });
  });

  test("moves in a straight line when it is off its road", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.put({ ...next, position: [0.002, 0.1] }, LINE, 500);
    vehicles.advance(900, SCALE, false);
    const [lng, lat] = vehicles.poseOf("a")?.position ?? [NaN, NaN];
    expect(lat / (lng - 0.001)).toBeCloseTo(100, 3);
  });

  test("is at the start of its line before the first position", () => {
    const accepted = delivery({ phase: "Accepted", position: null, seq: -1, at: null, progress: 0 });
    const vehicles = new Vehicles();
    vehicles.put(accepted, null, 0);
    expect(vehicles.poseOf("a")).toBeNull();
    vehicles.put(accepted, LINE, 10);
    expect(vehicles.poseOf("a")).toEqual({ position: [0, 0], heading: 90 });
  });

  test("is not redrawn for invisible changes", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.advance(0, SCALE, false);
    vehicles.features(null);
    expect(vehicles.advance(100, SCALE, false).visible).toBe(false);
    vehicles.put({ ...next, heading: 90 }, LINE, 500);
    const farAway = 100_000;
    expect(vehicles.advance(900, farAway, false)).toEqual({ moving: true, visible: false });
    expect(vehicles.advance(900, SCALE, false).visible).toBe(true);
  });

  test("is redrawn when its phase or the followed vehicle changes", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.advance(0, SCALE, false);
    vehicles.features(null);
    vehicles.put(delivery({ phase: "Finished" }), LINE, 10);
    expect(vehicles.advance(20, SCALE, false).visible).toBe(true);
    expect(vehicles.features("a")).toMatchObject([
      { properties: { ended: true, followed: true, dimmed: false } },
    ]);
    vehicles.redraw();
    expect(vehicles.advance(30, SCALE, false).visible).toBe(true);
  });

  test("is grey as long as it is stale", () => {
    const vehicles = new Vehicles();
    const fresh = delivery();
    const colour = () => vehicles.features(null)[0]?.properties?.colour as string;
    vehicles.put(fresh, LINE, 0);
    const own = colour();
    vehicles.advance(0, SCALE, false);
    vehicles.put(fresh, LINE, 10, true);
    expect(vehicles.advance(20, SCALE, false).visible).toBe(true);
    expect(colour()).toBe(STALE_COLOUR);
    vehicles.put(fresh, LINE, 30, false);
    expect(colour()).toBe(own);
  });

  test("is removed when it is no longer shown", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.keep(new Set(["a"]));
    expect(vehicles.poseOf("a")).not.toBeNull();
    vehicles.keep(new Set());
    expect(vehicles.poseOf("a")).toBeNull();
    expect(vehicles.features(null)).toEqual([]);
  });
});

describe("lines and ends", () => {
  const drawn = ["a", "b", "c"].map((deliveryId, slot) => ({
    delivery: delivery({ deliveryId, slot, routeId: deliveryId === "c" ? "2" : "1" }),
    path: LINE.points,
  }));

  test("of deliveries on the same route are side by side, each in its own colour", () => {
    const properties = lineFeatures(drawn, null).features.map((feature) => feature.properties);
    expect(properties.map((each) => each?.offset as number)).toEqual([0, 4, 0]);
    expect(new Set(properties.map((each) => each?.colour as string)).size).toBe(3);
  });

  test("of others are dimmed while a delivery is followed", () => {
    const dimmed = (following: string | null) =>
      lineFeatures(drawn, following).features.map((feature) => feature.properties?.dimmed as boolean);
    expect(dimmed(null)).toEqual([false, false, false]);
    expect(dimmed("b")).toEqual([true, false, true]);
  });

  test("on top of each other are drawn a few times only, and the followed one always", () => {
    const many = Array.from({ length: 1_000 }, (_, slot) => ({
      delivery: delivery({ deliveryId: String(slot), slot, routeId: String(slot % 2) }),
      path: LINE.points,
    }));
    const ids = (following: string | null) =>
      worthDrawing(many, following).map((each) => each.delivery.deliveryId);
    expect(ids(null)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    expect(ids("999")).toEqual([...ids(null), "999"]);
    const another = { ...many[0], delivery: delivery({ routeId: "0" }), path: LINE.points.slice(1) };
    expect(worthDrawing([...many, another], null)).toHaveLength(11);
  });

  test("consist of a titled start and a pin", () => {
    const [start, end] = endFeatures(drawn.slice(0, 1)).features;
    expect(start).toMatchObject({
      geometry: { coordinates: [0, 0] },
      properties: { kind: "start", icon: "title|Title a" },
    });
    expect(end).toMatchObject({ geometry: { coordinates: [0.002, 0.002] }, properties: { kind: "end" } });
  });
});

describe("vehicles that fan out", () => {
  test("are drawn elsewhere than they are, and those that have ended have no place in it", () => {
    const vehicles = new Vehicles();
    vehicles.put(delivery(), LINE, 0);
    vehicles.put(delivery({ deliveryId: "b", phase: "Finished" }), LINE, 0);
    const place = (id: string, [lng, lat]: readonly [number, number]) =>
      id === "a" ? ([lng, lat + 1] as const) : ([lng, lat] as const);
    expect(vehicles.features(null, place).map(({ geometry }) => geometry.coordinates)).toEqual([
      [0.001, 1],
      [0.001, 0],
    ]);
    expect([...vehicles.positions()]).toEqual([["a", [0.001, 0]]]);
  });
});
