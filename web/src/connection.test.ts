import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffDelay, connect, type ConnectionStatus, type FrameData, type Socket } from "./connection";

class FakeSocket {
  readyState = 0;
  sent: string[] = [];
  closed = false;
  readonly #listeners = new Map<string, ((event: unknown) => void)[]>();

  send(text: string) {
    this.sent.push(text);
  }

  close() {
    this.closed = true;
  }

  addEventListener(type: string, listener: (event: unknown) => void) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  emit(type: string, event: unknown = {}) {
    if (type === "message") this.readyState = 1;
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

function setUp(expectsTraffic = false) {
  const sockets: FakeSocket[] = [];
  const statuses: ConnectionStatus[] = [];
  const frames: FrameData[] = [];
  const delays: number[] = [];
  let lines = 0;
  const connection = connect({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as Socket;
    },
    onConnect: () => (lines += 1),
    onFrame: (data) => frames.push(data),
    onStatus: (status) => statuses.push(status),
    onAttempt: (delay) => delays.push(delay),
    expectsTraffic: () => expectsTraffic,
    random: () => 1,
  });
  const newest = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  /** Those that were not closed. */
  const open = () => sockets.filter((socket) => !socket.closed);
  return { sockets, statuses, frames, delays, connection, newest, open, lines: () => lines };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the pause before an attempt", () => {
  test("doubles up to a limit, with jitter over the upper half", () => {
    expect(backoffDelay(0, 1)).toBe(150);
    expect(backoffDelay(0, 0)).toBe(75);
    expect(backoffDelay(3, 1)).toBe(1_200);
    expect(backoffDelay(1_000, 1)).toBe(15_000);
  });
});

describe("a connection", () => {
  test("is open from the first frame, and sends from then on", () => {
    const { connection, statuses, frames, newest } = setUp();
    expect(connection.send("early")).toBe(false);
    newest().emit("open");
    expect(statuses).toEqual([]);
    newest().emit("message", { data: "snapshot" });
    expect(statuses).toEqual(["open"]);
    expect(frames).toEqual(["snapshot"]);
    expect(connection.send("hello")).toBe(true);
    expect(newest().sent).toEqual(["hello"]);
  });

  test("reconnects by itself, and reports that it is doing so", () => {
    const { sockets, statuses, connection, newest } = setUp();
    newest().emit("message", { data: "x" });
    newest().emit("close");
    expect(statuses).toEqual(["open", "reconnecting"]);
    expect(connection.send("lost")).toBe(false);
    vi.advanceTimersByTime(150);
    expect(sockets).toHaveLength(2);
    newest().emit("message", { data: "y" });
    expect(statuses.at(-1)).toBe("open");
  });

  test("waits longer each time until a frame arrives, not merely until a socket opens", () => {
    const { sockets, newest } = setUp();
    for (const [attempt, pause] of [150, 300, 600].entries()) {
      newest().emit("open");
      newest().emit("close");
      vi.advanceTimersByTime(pause - 1);
      expect(sockets).toHaveLength(attempt + 1);
      vi.advanceTimersByTime(1);
      expect(sockets).toHaveLength(attempt + 2);
    }
    newest().emit("message", { data: "x" });
    newest().emit("close");
    vi.advanceTimersByTime(150);
    expect(sockets).toHaveLength(5);
  });

  test("retries once for an error and a close of the same socket, and ignores an old socket", () => {
    const { sockets, frames, newest, open } = setUp();
    const old = newest();
    old.emit("error");
    old.emit("close");
    vi.advanceTimersByTime(10_000);
    old.emit("message", { data: "ghost" });
    expect(frames).toEqual([]);
    expect(sockets).toHaveLength(2);
    expect(open()).toHaveLength(1);
  });

  test("skips the pause when the network is back", () => {
    const { sockets, connection, newest } = setUp();
    newest().emit("close");
    connection.retryNow();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
    connection.retryNow();
    expect(sockets).toHaveLength(2);
  });

  test("says when the next attempt follows, and when it is being made", () => {
    const { delays, newest } = setUp();
    newest().emit("close");
    vi.advanceTimersByTime(150);
    newest().emit("close");
    expect(delays).toEqual([0, 150, 0, 300]);
  });

  test("is given up when the gateway is known to be away, and made anew", () => {
    const { sockets, statuses, connection, newest } = setUp();
    connection.giveUp();
    expect(sockets).toHaveLength(1);
    newest().emit("message", { data: "x" });
    connection.giveUp();
    expect(statuses).toEqual(["open", "reconnecting"]);
    vi.advanceTimersByTime(150);
    expect(sockets).toHaveLength(2);
  });

  test("is dropped when nothing arrives although vehicles are moving", () => {
    const { sockets, statuses, newest } = setUp(true);
    newest().emit("message", { data: "x" });
    vi.advanceTimersByTime(29_000);
    newest().emit("message", { data: "x" });
    vi.advanceTimersByTime(29_000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1_500);
    expect(statuses).toEqual(["open", "reconnecting"]);
    expect(sockets).toHaveLength(2);
  });

  test("may be silent while nothing moves", () => {
    const { sockets, newest } = setUp(false);
    newest().emit("message", { data: "x" });
    vi.advanceTimersByTime(600_000);
    expect(sockets).toHaveLength(1);
  });

  test("stays closed when it is closed", () => {
    const { sockets, connection, newest } = setUp();
    connection.close();
    newest().emit("close");
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
  });

  test("is retried when its handshake is never answered", () => {
    const { sockets, statuses, open } = setUp();
    vi.advanceTimersByTime(10_150);
    expect(statuses).toEqual(["reconnecting"]);
    expect(sockets).toHaveLength(2);
    expect(open()).toHaveLength(1);
  });

  test("delivers bytes as well as text", () => {
    const { frames, newest } = setUp();
    const bytes = new Uint8Array([1, 0]).buffer;
    newest().emit("message", { data: bytes });
    expect(frames).toEqual([bytes]);
  });
});

describe("a gateway that goes away", () => {
  test("is replaced by another once that one sends a frame, without a status change", () => {
    const { sockets, statuses, frames, connection, newest, open, lines } = setUp();
    const first = newest();
    first.emit("message", { data: "1" });
    connection.move(5_000);
    connection.move(5_000);
    vi.advanceTimersByTime(4_999);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(open()).toHaveLength(2);
    first.emit("message", { data: "2" });
    expect(connection.send("to the first")).toBe(true);
    newest().emit("message", { data: "3" });
    expect(first.closed).toBe(true);
    first.emit("message", { data: "ghost" });
    first.emit("close", { code: 1001 });
    vi.advanceTimersByTime(60_000);
    expect(connection.send("to the second")).toBe(true);
    expect([first.sent, newest().sent]).toEqual([["to the first"], ["to the second"]]);
    expect(frames).toEqual(["1", "2", "3"]);
    expect(statuses).toEqual(["open"]);
    expect([sockets.length, lines()]).toEqual([2, 2]);
  });

  test("before another was dialled is replaced immediately", () => {
    const { sockets, statuses, connection, newest } = setUp();
    newest().emit("message", { data: "1" });
    connection.move(5_000);
    newest().emit("close", { code: 1001 });
    vi.advanceTimersByTime(150);
    expect(sockets).toHaveLength(2);
    newest().emit("message", { data: "2" });
    vi.advanceTimersByTime(60_000);
    expect(statuses).toEqual(["open"]);
    expect(sockets).toHaveLength(2);
  });

  test("without a replacement is reported only after three seconds", () => {
    const { statuses, newest } = setUp();
    newest().emit("message", { data: "1" });
    newest().emit("close", { code: 1001 });
    for (let passed = 0; passed < 2_900; passed += 100) {
      vi.advanceTimersByTime(100);
      newest().emit("close", { code: 1006 });
    }
    expect(statuses).toEqual(["open"]);
    vi.advanceTimersByTime(100);
    expect(statuses).toEqual(["open", "reconnecting"]);
  });

  test("is kept while its replacement does not respond", () => {
    const { statuses, connection, newest, open } = setUp();
    const first = newest();
    first.emit("message", { data: "1" });
    connection.move(1_000);
    vi.advanceTimersByTime(1_000);
    newest().emit("close", { code: 1006 });
    expect(open()).toEqual([first]);
    vi.advanceTimersByTime(150);
    expect(open()).toHaveLength(2);
    newest().emit("message", { data: "2" });
    expect(open()).toEqual([newest()]);
    expect(statuses).toEqual(["open"]);
  });

  test("and is reached again each time does not keep the page busy", () => {
    const { sockets, connection, newest } = setUp();
    for (let passed = 0; passed < 10_000; passed += 100) {
      newest().emit("message", { data: "x" });
      connection.move(0);
      vi.advanceTimersByTime(100);
    }
    expect(sockets.length).toBeLessThanOrEqual(11);
  });
});
