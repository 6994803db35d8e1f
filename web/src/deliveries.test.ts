import { describe, expect, test, vi } from "vitest";
import {
  TIME_IN_LIST,
  TIME_ON_MAP,
  applyFrames,
  isOnMap,
  prune,
  remainingTime,
  type Deliveries,
} from "./deliveries";
import { delivery, ended, newPosition, position, snapshot, view } from "./fixtures";
import type { Phase, ServerFrame } from "./protocol";

const NOW = 1_000_000;

function fold(frames: ServerFrame[], before: Deliveries = new Map(), now = NOW) {
  return applyFrames(before, frames, now);
}

function phaseOf(deliveries: Deliveries, id: string): Phase | undefined {
  return deliveries.get(id)?.phase;
}

describe("positions", () => {
  test("move a delivery on", () => {
    const { deliveries } = fold([snapshot(view("a")), position("a", 2)]);
    expect(deliveries.get("a")).toMatchObject({ seq: 2, position: [2, 2], receivedAt: NOW });
  });

  test("that were seen before, or are older, change nothing", () => {
    const { deliveries } = fold([snapshot(view("a")), position("a", 5)]);
    const again = fold([position("a", 5, { position: [9, 9] }), position("a", 4)], deliveries);
    expect(again.deliveries).toBe(deliveries);
  });

  test("of a delivery that was not announced are ignored", () => {
    const before: Deliveries = new Map();
    expect(fold([position("ghost", 1)], before).deliveries).toBe(before);
  });

  test("start an accepted delivery, but do not resume a paused one", () => {
    const { deliveries } = fold([
      snapshot(view("a", { phase: "Accepted", seq: -1 }), view("b", { phase: "Suspended" })),
      position("a", 0),
      position("b", 2),
    ]);
    expect(phaseOf(deliveries, "a")).toBe("Running");
    expect(phaseOf(deliveries, "b")).toBe("Suspended");
  });

  test("after the end are ignored", () => {
    const { deliveries } = fold([snapshot(view("a")), ended("cancelled", "a"), position("a", 9)]);
    expect(deliveries.get("a")).toMatchObject({ phase: "Cancelled", seq: 1 });
  });
});

describe("the canary's deliveries", () => {
  test("are neither on the map nor in the list", () => {
    const courier = "code-delivery-canary";
    const { deliveries, endings } = fold([
      snapshot(view("a"), view("canary", { courier })),
      delivery("another", { courier }),
      position("canary", 2),
      ended("finished", "canary"),
    ]);
    expect([...deliveries.keys()]).toEqual(["a"]);
    expect(endings).toEqual([]);
  });
});

describe("a batch of positions", () => {
  test("is the same as its positions one by one", () => {
    const positions = [newPosition("a", 2), newPosition("b", 7), newPosition("a", 3, { finished: true })];
    const before = fold([snapshot(view("a"), view("b"))]).deliveries;
    const batch = fold([{ event: "new-positions", data: { positions } }], before);
    expect(batch).toEqual(
      fold(
        positions.map((data) => ({ event: "new-position", data })),
        before,
      ),
    );
    expect(batch.endings).toHaveLength(1);
    expect(batch.deliveries.get("b")).toMatchObject({ seq: 7 });
  });
});

describe("a delivery that has left the rectangle", () => {
  test("is no longer shown, without an ending", () => {
    const { deliveries } = fold([snapshot(view("a"), view("b"))]);
    const after = fold([{ event: "left", data: { deliveryId: "a" } }], deliveries);
    expect([...after.deliveries.keys()]).toEqual(["b"]);
    expect(after.endings).toEqual([]);
    expect(fold([{ event: "left", data: { deliveryId: "x" } }], deliveries).deliveries).toBe(deliveries);
  });
});

describe("an end", () => {
  test("is reported once, whichever frames contain it", () => {
    const { endings, deliveries } = fold([
      snapshot(view("a")),
      position("a", 2, { finished: true }),
      ended("finished", "a"),
      delivery("a", { phase: "Finished" }),
    ]);
    expect(endings).toEqual([
      { deliveryId: "a", delivery: { who: "a", route: "Title a" }, phase: "Finished" },
    ]);
    expect(fold([ended("finished", "a")], deliveries).endings).toEqual([]);
  });

  test("that a snapshot reveals after a lost connection is reported too", () => {
    const { deliveries } = fold([snapshot(view("a"))]);
    expect(fold([snapshot(view("a", { phase: "Finished" }))], deliveries).endings).toHaveLength(1);
  });

  test("before the page was opened is not reported, and has no marker", () => {
    const { endings, deliveries } = fold([snapshot(view("a", { phase: "Finished" }))]);
    const delivery = deliveries.get("a");
    expect(endings).toEqual([]);
    expect(delivery && isOnMap(delivery, NOW)).toBe(false);
    expect(prune(deliveries, NOW + TIME_IN_LIST - 1).size).toBe(1);
  });

  test("is final, but Finished beats Cancelled", () => {
    const { deliveries } = fold([snapshot(view("a"), view("b"))]);
    const after = fold(
      [
        ended("finished", "a"),
        ended("cancelled", "a"),
        delivery("a", { phase: "Running" }),
        ended("cancelled", "b"),
        ended("finished", "b"),
      ],
      deliveries,
    ).deliveries;
    expect(phaseOf(after, "a")).toBe("Finished");
    expect(phaseOf(after, "b")).toBe("Finished");
  });

  test("removes the marker after some seconds and the row after a minute", () => {
    const { deliveries } = fold([snapshot(view("a")), ended("finished", "a")]);
    const finished = deliveries.get("a");
    expect(finished?.progress).toBe(1);
    expect(finished && isOnMap(finished, NOW + TIME_ON_MAP - 1)).toBe(true);
    expect(finished && isOnMap(finished, NOW + TIME_ON_MAP)).toBe(false);
    expect(prune(deliveries, NOW + TIME_IN_LIST - 1)).toBe(deliveries);
    expect(prune(deliveries, NOW + TIME_IN_LIST).size).toBe(0);
  });

  test("does not restart its timers when a later frame repeats it", () => {
    const { deliveries } = fold([snapshot(view("a")), ended("finished", "a")]);
    const later = fold([snapshot(view("a", { phase: "Finished" }))], deliveries, NOW + 4000).deliveries;
    expect(later.get("a")?.leavesMapAt).toBe(NOW + TIME_ON_MAP);
  });
});

describe("a snapshot", () => {
  test("after a cursor is like any other", () => {
    const { deliveries } = fold([snapshot(view("a"), view("b"))]);
    const resumed: ServerFrame = { event: "resumed", data: { deliveries: [view("b", { seq: 9 })] } };
    expect([...fold([resumed], deliveries).deliveries.keys()]).toEqual(["b"]);
  });

  test("replaces what was there", () => {
    const { deliveries } = fold([snapshot(view("a"), view("b"))]);
    expect([...fold([snapshot(view("b"), view("c"))], deliveries).deliveries.keys()]).toEqual(["b", "c"]);
  });

  test("does not move a delivery back to an older position", () => {
    const { deliveries } = fold([snapshot(view("a")), position("a", 7)]);
    const after = fold([snapshot(view("a", { seq: 6 }))], deliveries).deliveries;
    expect(after.get("a")).toMatchObject({ seq: 7, position: [7, 7] });
  });

  test("is sorted by start, those without one last", () => {
    const { deliveries } = fold([
      snapshot(view("c", { start: null }), view("b", { start: 20 }), view("a", { start: 10 })),
    ]);
    expect([...deliveries.values()].map(({ deliveryId, slot }) => [deliveryId, slot])).toEqual([
      ["a", 0],
      ["b", 1],
      ["c", 2],
    ]);
  });
});

describe("a colour's slot", () => {
  test("stays with its delivery and is reused after it", () => {
    const { deliveries } = fold([snapshot(view("a"), view("b"), view("c"))]);
    const fewer = fold([snapshot(view("a"), view("c"))], deliveries).deliveries;
    const { deliveries: after } = fold([delivery("d"), delivery("e")], fewer);
    const slots = [...after.values()].map(({ deliveryId, slot }) => `${deliveryId}${slot}`);
    expect(slots).toEqual(["a0", "c2", "d1", "e3"]);
  });
});

describe("many deliveries at once", () => {
  test("get slots of their own, without looking at all others for each", () => {
    const views = Array.from({ length: 2000 }, (_, number) => view(String(number).padStart(4, "0")));
    const add = vi.spyOn(Set.prototype, "add");
    const { deliveries } = fold([snapshot(...views)]);
    const steps = add.mock.calls.length;
    add.mockRestore();
    expect([...deliveries.values()].map(({ slot }) => slot)).toEqual(views.map((_, number) => number));
    expect(steps).toBeLessThan(5 * views.length);
  });
});

describe("the time that is left", () => {
  test("is counted from when the position was received, whatever the server's clock says", () => {
    const { deliveries } = fold([delivery("a")]);
    const running = deliveries.get("a");
    expect(running && remainingTime(running, NOW + 4_000)).toBe(6_000);
    expect(running && remainingTime(running, NOW + 60_000)).toBe(0);
  });

  test("does not start again when a frame without a new position comes", () => {
    const { deliveries } = fold([delivery("a")]);
    const after = fold([delivery("a")], deliveries, NOW + 3_000).deliveries.get("a");
    expect(after && remainingTime(after, NOW + 3_000)).toBe(7_000);
  });

  test("is unknown for a delivery that is not moving", () => {
    const { deliveries } = fold([snapshot(view("a", { phase: "Suspended" }))]);
    const paused = deliveries.get("a");
    expect(paused && remainingTime(paused, NOW)).toBeNull();
  });
});
