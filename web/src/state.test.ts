import { describe, expect, test } from "vitest";
import { MAX_MESSAGES } from "./messages";
import { delivery, ended, snapshot, status, view } from "./fixtures";
import type { ServerFrame } from "./protocol";
import {
  ANSWER_TIMEOUT,
  initialState,
  isAlreadyAdded,
  isStalled,
  reduce,
  type PageAction,
  type PageState,
} from "./state";

const NOW = 1_000_000;

function frames(...list: ServerFrame[]): PageAction {
  return { type: "frames", frames: list, now: NOW };
}

function requested(requestId = "r1", routeId = "1"): PageAction {
  return { type: "requested", start: { requestId, routeId, title: "Primeiro", courier: "", sentAt: NOW } };
}

function accepted(deliveryId = "d1", requestId = "r1", routeId = "1"): ServerFrame {
  return { event: "accepted", data: { requestId, deliveryId, routeId, title: "Primeiro" } };
}

function run(actions: PageAction[], from: PageState = initialState()): PageState {
  return actions.reduce(reduce, from);
}

const texts = (state: PageState) => state.messages.map((message) => message.text.key);

describe("a route that this page has started", () => {
  test("counts as started from the request until the delivery ends", () => {
    const asked = run([requested()]);
    expect(isAlreadyAdded(asked, "1", "")).toBe(true);
    expect(isAlreadyAdded(asked, "2", "")).toBe(false);
    const under = run([frames(delivery("d1"), accepted())], asked);
    expect(under.pending).toEqual([]);
    expect(isAlreadyAdded(under, "1", "")).toBe(true);
    expect(isAlreadyAdded(run([frames(ended("finished", "d1"))], under), "1", "")).toBe(false);
  });

  test("counts for the same courier only: a second one may start", () => {
    const asked = run([requested()]);
    expect(isAlreadyAdded(asked, "1", "moto-8")).toBe(false);
    const under = run([frames(delivery("d1", { courier: "moto-7" }), accepted())], asked);
    expect(isAlreadyAdded(under, "1", "moto-7")).toBe(true);
    expect(isAlreadyAdded(under, "1", "moto-8")).toBe(false);
  });

  test("is announced once, with its courier and route", () => {
    const courier = { courier: "moto-7", title: "Segundo" };
    const state = run([requested(), frames(delivery("d1", courier), accepted()), frames(accepted())]);
    const text = { key: "started", delivery: { who: "moto-7", route: "Segundo" } };
    expect(state.messages).toMatchObject([{ tone: "success", text }]);
  });

  test("is announced by the request's own words when the answer comes before the delivery", () => {
    const start = { requestId: "r1", routeId: "1", title: "Primeiro", courier: "moto-9", sentAt: NOW };
    const state = run([{ type: "requested", start }, frames(accepted())]);
    expect(state.messages).toMatchObject([{ text: { delivery: { who: "moto-9", route: "Primeiro" } } }]);
  });

  test("does not count as started by another page's delivery on it", () => {
    expect(isAlreadyAdded(run([frames(snapshot(view("x")))]), "1", "")).toBe(false);
  });

  test("is free again when the request is rejected, and the user reads why", () => {
    const data = { requestId: "r1", reason: "TooMany", message: "Too many deliveries are under way." };
    const state = run([requested(), frames({ event: "rejected", data })]);
    expect(isAlreadyAdded(state, "1", "")).toBe(false);
    expect(state.messages).toMatchObject([
      {
        tone: "error",
        text: { key: "refused", reason: "TooMany" },
      },
    ]);
    const known = frames({ event: "rejected", data: { ...data, reason: "TooManyActive" } });
    expect(run([known]).messages).toMatchObject([{ text: { key: "refused", reason: "TooManyActive" } }]);
  });

  test("is remembered across a reload, as long as the delivery is active", () => {
    const state = run([frames(snapshot(view("d1")))], initialState(["d1", "gone"]));
    expect(isAlreadyAdded(state, "1", "")).toBe(true);
    expect([...state.own]).toEqual(["d1"]);
  });
});

describe("a request without an answer", () => {
  test("stays when the connection breaks, since the next connection sends it again", () => {
    const state = run([requested(), { type: "connection", status: "reconnecting", now: NOW }]);
    expect(state.pending).toHaveLength(1);
    expect(texts(state)).toEqual([]);
  });

  test("times out: as queued on an open connection, as lost without one", () => {
    for (const [status, key] of [
      ["open", "answerLate"],
      ["reconnecting", "answerLost"],
    ] as const) {
      const before = run([{ type: "connection", status, now: NOW }, requested()]);
      expect(reduce(before, { type: "tick", now: NOW + ANSWER_TIMEOUT - 1 })).toBe(before);
      const after = run([{ type: "tick", now: NOW + ANSWER_TIMEOUT }], before);
      expect(after.pending).toEqual([]);
      expect(texts(after)).toEqual([key]);
    }
  });
});

describe("messages", () => {
  test("report in green that a delivery has finished", () => {
    const state = run([frames(delivery("d1"), ended("finished", "d1"))]);
    expect(state.messages).toMatchObject([
      { tone: "success", text: { key: "finished", delivery: { who: "d1", route: "Title d1" } } },
    ]);
  });

  test("are limited to the newest three", () => {
    const ids = ["a", "b", "c", "d"];
    const state = run([
      frames({ event: "snapshot", data: { deliveries: ids.map((id) => view(id)) } }),
      ...ids.map((id) => frames(ended("finished", id))),
    ]);
    expect(state.messages).toHaveLength(MAX_MESSAGES);
    expect(new Set(state.messages.map(({ id }) => id)).size).toBe(MAX_MESSAGES);
  });

  test("disappear by themselves, or when they are dismissed", () => {
    const state = run([{ type: "notify", text: { key: "notSent" }, now: NOW }]);
    const id = state.messages[0]?.id ?? -1;
    expect(run([{ type: "dismiss", messageId: id }], state).messages).toEqual([]);
    expect(run([{ type: "tick", now: NOW + 60_000 }], state).messages).toEqual([]);
  });
});

describe("following", () => {
  test("ends with the delivery", () => {
    const state = run([frames(delivery("d1")), { type: "follow", deliveryId: "d1" }]);
    expect(state.following).toBe("d1");
    expect(run([frames(ended("finished", "d1"))], state).following).toBeNull();
    expect(run([frames(snapshot())], state).following).toBeNull();
  });
});

describe("the gateway's status", () => {
  test("is the last one received", () => {
    const away = status({ kafka: "unavailable" });
    const back = status();
    expect(run([frames(away)]).server).toEqual(away.data);
    expect(run([frames(away, back)]).server).toEqual(back.data);
  });

  test("stalls the page while Kafka is down and the connection is open", () => {
    const away = status({ kafka: "unavailable" });
    const state = run([{ type: "connection", status: "open", now: NOW }, frames(away)]);
    expect(isStalled(state)).toBe(true);
    expect(isStalled(run([{ type: "connection", status: "reconnecting", now: NOW }], state))).toBe(false);
    expect(isStalled(initialState())).toBe(false);
  });

  test("adds up the skipped positions", () => {
    const spared: ServerFrame = { event: "conflated", data: { positions: 40 } };
    expect(run([frames(spared), frames(spared)]).conflated).toBe(80);
  });
});

test("the card is that of the delivery that was pointed at last", () => {
  const state = run([{ type: "point", deliveryId: "d1" }]);
  expect(state.pointed).toBe("d1");
  expect(reduce(state, { type: "point", deliveryId: "d1" })).toBe(state);
  expect(run([{ type: "point", deliveryId: null }], state).pointed).toBeNull();
});

describe("invalid frames", () => {
  test("are counted, with the problem of the last one, and change nothing else", () => {
    const state = run([
      { type: "ignored", count: 2, problem: "frame: no JSON" },
      { type: "ignored", count: 1, problem: "binary: truncated" },
    ]);
    expect(state).toEqual({ ...initialState(), ignored: 3, problem: "binary: truncated" });
  });
});
