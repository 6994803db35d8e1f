import { describe, expect, test } from "vitest";
import type { ClientFrame } from "./protocol";
import { Relay } from "./relay";

function setUp() {
  const sent: ClientFrame[] = [];
  const line = { open: true };
  const relay = new Relay((frame) => {
    if (line.open) sent.push(frame);
    return line.open;
  });
  const told: string[] = [];
  const listen = (recipientId: string) => relay.listen(recipientId, () => told.push(recipientId));
  const asked = () => sent.map((frame) => ("recipientIds" in frame.data ? frame.data.recipientIds : null));
  const confirm = (...recipientIds: string[]) =>
    relay.receive({ event: "notifications", data: { recipientIds } });
  const change = (recipientId: string) => relay.receive({ event: "notification", data: { recipientId } });
  return { relay, line, told, listen, asked, confirm, change };
}

const error = { event: "error", data: { reason: "UnknownEvent", message: "The event is unknown." } } as const;
const rejected = (requestId: string) =>
  ({ event: "rejected", data: { requestId, reason: "TooManyRequests", message: "Try again." } }) as const;

describe("the relay", () => {
  test("asks for who is listened for, and tells them when it begins and of each change", () => {
    const { relay, told, listen, asked, confirm, change } = setUp();
    listen("a");
    const leave = listen("b");
    expect(asked()).toEqual([["a"], ["a", "b"]]);
    expect(relay.relays("a")).toBe(false);
    expect(confirm("a", "b")).toBe(true);
    expect(relay.relays("a")).toBe(true);
    expect(told.splice(0)).toEqual(["a", "b"]);
    expect(change("b")).toBe(true);
    expect(change("c")).toBe(true);
    expect(told.splice(0)).toEqual(["b"]);
    leave();
    leave();
    expect(asked().slice(2)).toEqual([["a"]]);
    change("b");
    expect(told).toEqual([]);
  });

  test("asks for each recipient once, however many listen", () => {
    const { relay, told, listen, asked, change } = setUp();
    const leave = listen("a");
    relay.listen("a", () => told.push("again"));
    change("a");
    expect(told.splice(0)).toEqual(["a", "again"]);
    leave();
    change("a");
    expect(told).toEqual(["again"]);
    expect(asked()).toEqual([["a"]]);
  });

  test("asks every new connection again, and says when there is none", () => {
    const { relay, line, told, listen, asked, confirm } = setUp();
    line.open = false;
    relay.connected();
    listen("a");
    expect(asked()).toEqual([]);
    line.open = true;
    relay.connected();
    expect(asked()).toEqual([["a"]]);
    confirm("a");
    relay.lost();
    expect(relay.relays("a")).toBe(false);
    expect(told.splice(0)).toEqual(["a", "a"]);
    relay.connected();
    expect(asked()).toEqual([["a"], ["a"]]);
    confirm("a");
    expect(relay.relays("a")).toBe(true);
  });

  test("takes a refusal of its own question, and no other", () => {
    const { relay, told, listen } = setUp();
    expect(relay.receive(error)).toBe(false);
    listen("a");
    expect(relay.receive(rejected("r1"))).toBe(false);
    expect(relay.receive(error)).toBe(true);
    expect(relay.relays("a")).toBe(false);
    expect(told).toEqual(["a"]);
    expect(relay.receive(error)).toBe(false);
    listen("b");
    expect(relay.receive(rejected(""))).toBe(true);
    expect(relay.receive({ event: "left", data: { deliveryId: "d1" } })).toBe(false);
  });

  test("asks nothing of a gateway as long as nobody listens", () => {
    const { relay, asked } = setUp();
    relay.connected();
    relay.lost();
    expect(asked()).toEqual([]);
  });
});
