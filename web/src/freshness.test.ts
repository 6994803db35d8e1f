import { describe, expect, test } from "vitest";
import type { Delivery } from "./deliveries";
import { delivery, snapshot, status, view } from "./fixtures";
import { OUTAGE_DELAY, ageOf, isStale, obstacleOf, outageOf } from "./freshness";
import type { ServerFrame } from "./protocol";
import { initialState, reduce, type PageAction, type PageState } from "./state";

const NOW = 1_000_000;
const KAFKA_AWAY = status({ kafka: "unavailable" });

function running(changes: Partial<Delivery> = {}): Delivery {
  return { ...view("a"), slot: 0, receivedAt: NOW, leavesMapAt: null, leavesListAt: null, ...changes };
}

function run(actions: PageAction[], from: PageState = initialState([], NOW)): PageState {
  return actions.reduce(reduce, from);
}

function frames(...list: ServerFrame[]): PageAction {
  return { type: "frames", frames: list, now: NOW };
}

const OPEN: PageAction = { type: "connection", status: "open", now: NOW };
const LOST: PageAction = { type: "connection", status: "reconnecting", now: NOW };

describe("a running delivery is stale", () => {
  test("after three intervals without a position, and not within three seconds", () => {
    const slow = running({ intervalMilliseconds: 5_000 });
    expect([15_000, 15_001].map((later) => isStale(slow, NOW + later, false))).toEqual([false, true]);
    expect([3_000, 3_001].map((later) => isStale(running(), NOW + later, false))).toEqual([false, true]);
  });

  test("later when the page only asks now and then", () => {
    expect([6_000, 9_001].map((later) => isStale(running(), NOW + later, true))).toEqual([false, true]);
  });

  test("and no other: one that stands, waits or has ended is where it is said to be", () => {
    for (const phase of ["Accepted", "Suspended", "Finished"] as const)
      expect(isStale(running({ phase }), NOW + 60_000, false)).toBe(false);
  });

  test("from the beginning when the snapshot's position is old, whatever the page's clock says", () => {
    const at = 500;
    for (const wrong of [0, 3_600_000, -3_600_000]) {
      const now = at + 60_000 + wrong;
      const state = reduce(initialState(), {
        type: "frames",
        frames: [snapshot(view("a", { at })), delivery("b", { at })],
        now,
        clockOffset: -wrong,
      });
      const [old, live] = ["a", "b"].map((id) => state.deliveries.get(id));
      expect(old && ageOf(old, now)).toBe(60_000);
      expect(live && ageOf(live, now)).toBe(0);
    }
  });
});

describe("an outage", () => {
  test("has its cause", () => {
    const later = NOW + OUTAGE_DELAY;
    expect(outageOf(run([OPEN]), later)).toBeNull();
    expect(outageOf(run([OPEN, frames(KAFKA_AWAY)]), later)).toBe("kafka");
    expect(outageOf(run([OPEN, LOST]), later)).toBe("gateway");
    expect(outageOf(run([OPEN, LOST, { type: "network", online: false }]), later)).toBe("offline");
    expect(outageOf(run([OPEN, LOST, { type: "polling", polling: true }]), later)).toBe("blocked");
    expect(outageOf(run([]), later)).toBe("gateway");
  });

  test("is not announced when the connection is back at once", () => {
    expect(outageOf(run([OPEN, LOST]), NOW + OUTAGE_DELAY - 1)).toBeNull();
    expect(outageOf(run([OPEN, LOST, OPEN]), NOW + OUTAGE_DELAY)).toBeNull();
  });

  test("is the silence of all vehicles, not of one", () => {
    const state = run([OPEN, frames(delivery("a"), delivery("b"), delivery("c", { phase: "Suspended" }))]);
    expect(outageOf(state, NOW + 60_000)).toBe("silent");
    const deliveries = new Map(state.deliveries).set("b", running({ receivedAt: NOW + 59_000 }));
    expect(outageOf({ ...state, deliveries }, NOW + 60_000)).toBeNull();
    expect(outageOf(run([OPEN]), NOW + 60_000)).toBeNull();
  });

  test("ends the polling when the connection is back", () => {
    expect(run([LOST, { type: "polling", polling: true }, OPEN]).polling).toBe(false);
  });
});

test("nothing can be started or controlled without a connection, at once, or without Kafka", () => {
  expect(obstacleOf(run([OPEN]))).toBeNull();
  expect(obstacleOf(run([]))).toBe("connecting");
  expect(obstacleOf(run([OPEN, LOST]))).toBe("gateway");
  expect(obstacleOf(run([OPEN, LOST, { type: "network", online: false }]))).toBe("offline");
  expect(obstacleOf(run([OPEN, LOST, { type: "polling", polling: true }]))).toBe("blocked");
  expect(obstacleOf(run([OPEN, frames(KAFKA_AWAY)]))).toBe("kafka");
});
