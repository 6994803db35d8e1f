import { describe, expect, test } from "vitest";
import { MOST_MESSAGES } from "./messages";
import type { DeliveryView, ServerFrame } from "./protocol";
import { PATIENCE, initialState, isAlreadyAdded, reduce, type PageAction, type PageState } from "./state";

const NOW = 1_000_000;

function view(deliveryId: string, routeId = "1"): DeliveryView {
  return {
    deliveryId,
    name: deliveryId,
    namespace: "default",
    routeId,
    title: "Primeiro",
    courier: "",
    vehicle: "",
    phase: "Running",
    position: [0, 0],
    heading: 0,
    speed: 10,
    progress: 0.1,
    seq: 1,
    at: 500,
    start: 0,
    eta: 10_500,
    intervalMilliseconds: 500,
  };
}

function frames(...list: ServerFrame[]): PageAction {
  return { type: "frames", frames: list, ignored: 0, now: NOW };
}

function requested(requestId = "r1", routeId = "1"): PageAction {
  return { type: "requested", start: { requestId, routeId, title: "Primeiro", sentAt: NOW } };
}

function accepted(deliveryId = "d1", requestId = "r1", routeId = "1"): ServerFrame {
  return { event: "accepted", data: { requestId, deliveryId, routeId, title: "Primeiro" } };
}

function finished(deliveryId = "d1"): ServerFrame {
  return { event: "finished", data: { deliveryId, routeId: "1", title: "Primeiro" } };
}

function run(actions: PageAction[], from: PageState = initialState()): PageState {
  return actions.reduce(reduce, from);
}

const texts = (state: PageState) => state.messages.map((message) => message.text.key);

describe("a route that this page has started", () => {
  test("is already added from the request on, until it ends", () => {
    const asked = run([requested()]);
    expect(isAlreadyAdded(asked, "1")).toBe(true);
    expect(isAlreadyAdded(asked, "2")).toBe(false);
    const under = run([frames({ event: "delivery", data: view("d1") }, accepted())], asked);
    expect(under.pending).toEqual([]);
    expect(isAlreadyAdded(under, "1")).toBe(true);
    expect(isAlreadyAdded(run([frames(finished())], under), "1")).toBe(false);
  });

  test("is not added by a delivery of somebody else on the same route", () => {
    expect(isAlreadyAdded(run([frames({ event: "snapshot", data: { deliveries: [view("x")] } })]), "1")).toBe(
      false,
    );
  });

  test("is free again when the request is rejected, and the person reads why", () => {
    const data = { requestId: "r1", reason: "TooMany", message: "Too many deliveries are under way." };
    const state = run([requested(), frames({ event: "rejected", data })]);
    expect(isAlreadyAdded(state, "1")).toBe(false);
    expect(state.messages).toMatchObject([
      { tone: "error", text: { key: "server", sentence: "Too many deliveries are under way." } },
    ]);
  });

  test("is remembered over a reload, as long as it is under way", () => {
    const state = run(
      [frames({ event: "snapshot", data: { deliveries: [view("d1")] } })],
      initialState(["d1", "gone"]),
    );
    expect(isAlreadyAdded(state, "1")).toBe(true);
    expect([...state.own]).toEqual(["d1"]);
  });
});

describe("a request without an answer", () => {
  test("is given up with a message when the connection breaks", () => {
    const state = run([requested(), { type: "connection", status: "reconnecting", now: NOW }]);
    expect(state.pending).toEqual([]);
    expect(texts(state)).toEqual(["answerLost"]);
  });

  test("is said to be queued after a while", () => {
    const before = run([requested()]);
    expect(reduce(before, { type: "tick", now: NOW + PATIENCE - 1 })).toBe(before);
    const after = run([{ type: "tick", now: NOW + PATIENCE }], before);
    expect(after.pending).toEqual([]);
    expect(texts(after)).toEqual(["answerLate"]);
  });
});

describe("messages", () => {
  test("tell that a delivery has finished, in green", () => {
    const state = run([frames({ event: "delivery", data: view("d1") }, finished())]);
    expect(state.messages).toMatchObject([{ tone: "success", text: { key: "finished", title: "Primeiro" } }]);
  });

  test("are three at most, the newest ones", () => {
    const ids = ["a", "b", "c", "d"];
    const state = run([
      frames({ event: "snapshot", data: { deliveries: ids.map((id) => view(id)) } }),
      ...ids.map((id) => frames(finished(id))),
    ]);
    expect(state.messages).toHaveLength(MOST_MESSAGES);
    expect(new Set(state.messages.map(({ id }) => id)).size).toBe(MOST_MESSAGES);
  });

  test("go by themselves, or when they are dismissed", () => {
    const state = run([{ type: "say", text: { key: "offline" }, now: NOW }]);
    const id = state.messages[0]?.id ?? -1;
    expect(run([{ type: "dismiss", messageId: id }], state).messages).toEqual([]);
    expect(run([{ type: "tick", now: NOW + 60_000 }], state).messages).toEqual([]);
  });
});

describe("following", () => {
  test("ends with the delivery", () => {
    const state = run([
      frames({ event: "delivery", data: view("d1") }),
      { type: "follow", deliveryId: "d1" },
    ]);
    expect(state.following).toBe("d1");
    expect(run([frames(finished())], state).following).toBeNull();
    expect(run([frames({ event: "snapshot", data: { deliveries: [] } })], state).following).toBeNull();
  });
});

describe("frames that are no good", () => {
  test("are counted and change nothing else", () => {
    const state = run([{ type: "frames", frames: [], ignored: 3, now: NOW }]);
    expect(state).toEqual({ ...initialState(), ignored: 3 });
  });
});
