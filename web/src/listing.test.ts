import { describe, expect, test } from "vitest";
import { applyFrames } from "./deliveries";
import { ended, snapshot, view } from "./fixtures";
import { latenessOf, listingOf, type Selection } from "./listing";
import type { DeliveryView } from "./protocol";

const NOW = 1_000_000;
const ALL: Selection = { search: "", chip: null, sort: "start" };

function list(views: DeliveryView[], selection: Partial<Selection> = {}, own: string[] = [], now = NOW) {
  const { deliveries } = applyFrames(new Map(), [snapshot(...views)], NOW, -NOW);
  return listingOf(deliveries, new Set(own), { ...ALL, ...selection }, now);
}

const ids = (deliveries: { deliveryId: string }[]) => deliveries.map(({ deliveryId }) => deliveryId).join("");

describe("the list", () => {
  test("begins with what this page started, the latest on top", () => {
    const frames = [
      snapshot(..."abcde".split("").map((id) => view(id))),
      ended("finished", "b"),
      ended("finished", "e"),
    ];
    const { deliveries } = applyFrames(new Map(), frames, NOW);
    const { active, past, total } = listingOf(deliveries, new Set(["c", "b", "d"]), ALL, NOW);
    expect(ids(active)).toBe("dca");
    expect(ids(past)).toBe("eb");
    expect(total).toBe(3);
  });

  test("shows what has all words in its names, whatever their case and accents", () => {
    const views = [
      view("a", { courier: "José", title: "Segundo" }),
      view("b", { courier: "moto-7", title: "São Paulo", name: "segundo-x" }),
      view("c", { phase: "Finished", courier: "jose" }),
    ];
    expect(ids(list(views, { search: "jose" }).active)).toBe("a");
    expect(ids(list(views, { search: "jose" }).past)).toBe("c");
    expect(ids(list(views, { search: "SAO segundo" }).active)).toBe("b");
    expect(ids(list(views, { search: "default/segundo-x" }).active)).toBe("b");
    expect(list(views, { search: "nobody" })).toMatchObject({ active: [], past: [], total: 2 });
  });

  test("is narrowed to a group, and counts all groups", () => {
    const views = [
      view("a"),
      view("b", { phase: "Suspended" }),
      view("c", { seq: 1, at: 60_500 }),
      view("d", { phase: "Finished" }),
    ];
    const { counts } = list(views);
    expect(counts).toEqual({ Running: 2, late: 1, Suspended: 1, Accepted: 0 });
    expect(ids(list(views, { chip: "late" }).active)).toBe("c");
    const suspended = list(views, { chip: "Suspended" });
    expect([ids(suspended.active), ids(suspended.past)]).toEqual(["b", ""]);
    expect(suspended.counts).toEqual(counts);
  });

  test("is sorted by arrival, or by lateness, those without one last", () => {
    const views = [
      view("a", { eta: 30_000, start: 0 }),
      view("b", { eta: 20_000, start: 0, at: 9_500, seq: 1 }),
      view("c", { phase: "Accepted", at: null, seq: -1, eta: null }),
      view("d", { eta: 10_000, start: 0, at: 1_500, seq: 1 }),
    ];
    expect(ids(list(views, { sort: "eta" }).active)).toBe("dbac");
    expect(ids(list(views, { sort: "late" }).active)).toBe("bdac");
    expect(ids(list(views, { sort: "eta" }, ["a"]).active)).toBe("dbac");
  });
});

describe("lateness", () => {
  const delivery = (changes: Partial<DeliveryView>) => {
    const { deliveries } = applyFrames(new Map(), [snapshot(view("a", changes))], NOW, NOW);
    const [found] = deliveries.values();
    if (found === undefined) throw new Error("no delivery");
    return { ...found, receivedAt: NOW };
  };

  test("is the time for which a delivery was suspended, and grows while it is", () => {
    expect(latenessOf(delivery({ start: 0, seq: 1, at: 500 }), NOW)).toBe(0);
    expect(latenessOf(delivery({ start: 0, seq: 1, at: 60_500 }), NOW)).toBe(60_000);
    expect(latenessOf(delivery({ start: 0, seq: 1, at: 500, phase: "Suspended" }), NOW + 5_000)).toBe(5_000);
  });

  test("is none before the first position", () => {
    expect(latenessOf(delivery({ phase: "Accepted", seq: -1, at: null }), NOW + 60_000)).toBe(0);
  });
});
