import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { backoffDelay, connect, type ConnectionStatus, type Socket } from "./connection";

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
  const frames: string[] = [];
  const connection = connect({
    open: () => {
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket as unknown as Socket;
    },
    onFrame: (text) => frames.push(text),
    onStatus: (status) => statuses.push(status),
    expectsTraffic: () => expectsTraffic,
    random: () => 1,
  });
  const newest = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error("no socket was opened");
    return socket;
  };
  return { sockets, statuses, frames, connection, newest };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the pause before an attempt", () => {
  test("doubles, is jittered over its upper half, and has an end", () => {
    expect(backoffDelay(0, 1)).toBe(500);
    expect(backoffDelay(0, 0)).toBe(250);
    expect(backoffDelay(3, 1)).toBe(4_000);
    expect(backoffDelay(1_000, 1)).toBe(15_000);
  });
});

describe("a connection", () => {
  test("is open with the first frame, and sends from then on", () => {
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

  test("comes back by itself, and says that it is doing so", () => {
    const { sockets, statuses, connection, newest } = setUp();
    newest().emit("message", { data: "x" });
    newest().emit("close");
    expect(statuses).toEqual(["open", "reconnecting"]);
    expect(connection.send("lost")).toBe(false);
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(2);
    newest().emit("message", { data: "y" });
    expect(statuses.at(-1)).toBe("open");
  });

  test("waits longer each time until a frame has come, not merely a connection", () => {
    const { sockets, newest } = setUp();
    for (const [attempt, pause] of [500, 1_000, 2_000].entries()) {
      newest().emit("open");
      newest().emit("close");
      vi.advanceTimersByTime(pause - 1);
      expect(sockets).toHaveLength(attempt + 1);
      vi.advanceTimersByTime(1);
      expect(sockets).toHaveLength(attempt + 2);
    }
    newest().emit("message", { data: "x" });
    newest().emit("close");
    vi.advanceTimersByTime(500);
    expect(sockets).toHaveLength(5);
  });

  test("tries once for an error and a close of the same socket, and does not hear an old socket", () => {
    const { sockets, frames, newest } = setUp();
    const old = newest();
    old.emit("error");
    old.emit("close");
    vi.advanceTimersByTime(60_000 - 1);
    old.emit("message", { data: "ghost" });
    expect(frames).toEqual([]);
    expect(sockets.filter((socket) => !socket.closed)).toHaveLength(1);
  });

  test("does not wait out its pause when the network is back", () => {
    const { sockets, connection, newest } = setUp();
    newest().emit("close");
    connection.retryNow();
    expect(sockets).toHaveLength(2);
    vi.advanceTimersByTime(1_000);
    expect(sockets).toHaveLength(2);
    connection.retryNow();
    expect(sockets).toHaveLength(2);
  });

  test("is given up when nothing is heard although something moves", () => {
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
});
