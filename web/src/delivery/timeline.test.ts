import { describe, expect, test } from "vitest";
import { view } from "../fixtures";
import { timelineOf, withEvents } from "./timeline";

const keys = (events: { key: string }[]) => events.map(({ key }) => key);
const times = { createdAt: 1_000, start: 2_000, at: 9_000, eta: 20_000, end: null };

describe("the timeline of a delivery", () => {
  test("goes from the order to what is expected", () => {
    expect(timelineOf({ ...view("d1"), ...times }, [{ from: 3_000, until: 5_000 }])).toEqual([
      { key: "ordered", at: 1_000, until: null },
      { key: "started", at: 2_000, until: null },
      { key: "paused", at: 3_000, until: 5_000 },
      { key: "newest", at: 9_000, until: null },
      { key: "expected", at: 20_000, until: null },
    ]);
  });

  test("of one that waits has only its order", () => {
    const waiting = view("d1", { phase: "Accepted", start: null, at: null, eta: null });
    expect(keys(timelineOf({ ...waiting, createdAt: 1_000 }, []))).toEqual(["ordered"]);
    expect(timelineOf(waiting, [])).toEqual([]);
  });

  test("of a suspended one ends with the pause, and promises no arrival", () => {
    const events = timelineOf({ ...view("d1", { phase: "Suspended" }), ...times }, []);
    expect(keys(events)).toEqual(["ordered", "started", "newest", "paused"]);
    expect(events.at(-1)).toEqual({ key: "paused", at: 9_000, until: null });
  });

  test.each(["Finished", "Cancelled", "Failed"] as const)("of one that is %s ends with that", (phase) => {
    const events = timelineOf({ ...view("d1", { phase }), ...times, end: 9_400 }, []);
    expect(events.at(-1)).toEqual({ key: phase, at: 9_400, until: null });
    expect(keys(events)).not.toContain("expected");
  });

  test("says that a delivery has ended although the gateway does not say when", () => {
    expect(timelineOf(view("d1", { phase: "Finished" }), []).at(-1)).toEqual({
      key: "Finished",
      at: null,
      until: null,
    });
  });
});

describe("the events of a delivery", () => {
  const event = (reason: string, last: number) => ({
    ...{ reason, message: "It is so.", warning: false },
    ...{ first: last, last, count: 1 },
  });
  const told = (items: ReturnType<typeof withEvents>) =>
    items.map((item) => (item.key === "event" ? item.event.reason : item.key));

  test("are where they happened, and before what is expected although that is late", () => {
    const timeline = timelineOf({ ...view("d1"), ...times }, []);
    const events = [event("UnderWay", 3_000), event("PodPending", 1_500), event("Silent", 30_000)];
    expect(told(withEvents(timeline, events))).toEqual([
      ...["ordered", "PodPending", "started", "UnderWay", "newest", "Silent", "expected"],
    ]);
    expect(withEvents(timeline, [])).toEqual(timeline);
  });

  test("come after an end whose time is not known", () => {
    const timeline = timelineOf(view("d1", { phase: "Finished", start: null, at: null }), []);
    expect(told(withEvents(timeline, [event("Finished", 9_000)]))).toEqual(["Finished", "Finished"]);
    expect(told(withEvents([], [event("RouteNotFound", 9_000)]))).toEqual(["RouteNotFound"]);
  });
});
