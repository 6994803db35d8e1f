import { describe, expect, test } from "vitest";
import { applyFrames } from "../deliveries";
import { snapshot, view } from "../fixtures";
import type { DeliveryDetails } from "../protocol";
import { combine, findDelivery, stateOf, type Known } from "./found";

const details: DeliveryDetails = {
  ...view("d1", { seq: 3 }),
  ...{ createdAt: 7, end: null, record: { topic: "t", partition: 1, offset: 9 } },
  ...{ plan: { topic: "p", partition: 2, offset: 3 }, pod: "d1-x2b4", traceId: "0af7" },
  events: [{ reason: "UnderWay", message: "It drives.", warning: false, first: 7, last: 7, count: 1 }],
};
const nothing: Known = {
  live: null,
  search: { value: null, problem: null },
  details: { value: null, problem: null },
};
const { deliveries } = applyFrames(
  new Map(),
  [
    snapshot(
      view("old", { name: "moto", phase: "Cancelled" }),
      view("new", { name: "moto" }),
      view("other", { name: "moto", namespace: "elsewhere" }),
    ),
  ],
  0,
);
const live = deliveries.get("new") ?? null;

describe("the delivery of an address", () => {
  test("is the one under way by that name in that namespace, or exactly the one with that id", () => {
    const address = { namespace: "default", name: "moto", id: null };
    expect(findDelivery(deliveries, address)?.deliveryId).toBe("new");
    expect(findDelivery(deliveries, { ...address, namespace: "elsewhere" })?.deliveryId).toBe("other");
    expect(findDelivery(deliveries, { ...address, id: "old" })?.deliveryId).toBe("old");
    expect(findDelivery(deliveries, { ...address, name: "none" })).toBeNull();
    expect(findDelivery(deliveries, { ...address, id: "none" })).toBeNull();
  });

  test("is shown as soon as the stream or the gateway knows it", () => {
    expect(stateOf(nothing)).toBe("loading");
    expect(stateOf({ ...nothing, live })).toBe("shown");
    expect(stateOf({ ...nothing, details: { value: details, problem: null } })).toBe("shown");
    expect(stateOf({ ...nothing, details: { value: details, problem: { kind: "failed" } } })).toBe("shown");
  });

  test("is unknown when nobody has heard of it, and gone when it was here before", () => {
    const problem = { kind: "refused", reason: "UnknownDelivery" } as const;
    expect(stateOf({ ...nothing, search: { value: [], problem: null } })).toBe("unknown");
    expect(stateOf({ ...nothing, details: { value: null, problem } })).toBe("unknown");
    expect(stateOf({ ...nothing, details: { value: details, problem } })).toBe("gone");
  });

  test("cannot be told while the gateway or its store does not answer", () => {
    expect(stateOf({ ...nothing, search: { value: null, problem: { kind: "failed" } } })).toBe("away");
    const problem = { kind: "unavailable" } as const;
    expect(stateOf({ ...nothing, details: { value: null, problem } })).toBe("unavailable");
  });

  test("has the stream's position, and the answer's times and record", () => {
    expect(combine(null, details)).toBe(details);
    expect(combine(null, null)).toBeNull();
    expect(combine(live, details)).toMatchObject({
      deliveryId: "new",
      createdAt: null,
      record: null,
      pod: "",
      events: [],
    });
    const same = live === null ? null : { ...live, deliveryId: "d1", seq: 8 };
    expect(combine(same, details)).toMatchObject({
      ...{ seq: 8, createdAt: 7, record: { offset: 9 } },
      ...{ plan: { offset: 3 }, pod: "d1-x2b4", traceId: "0af7" },
      events: [{ reason: "UnderWay" }],
    });
  });
});
