import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { INTERVAL, delayAfter, poll } from "./poll";

/** A page that can be hidden. */
class Page extends EventTarget {
  hidden = false;

  turn(hidden: boolean) {
    this.hidden = hidden;
    this.dispatchEvent(new Event("visibilitychange"));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a service that fails is asked less and less often, but never given up", () => {
  expect([0, 1, 2, 3, 4, 50].map(delayAfter)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

describe("a poll", () => {
  test("asks at once and then as often as its rounds say", async () => {
    let rounds = 0;
    const polling = poll(() => {
      rounds += 1;
      return Promise.resolve(INTERVAL);
    }, new Page());
    expect(rounds).toBe(1);
    await vi.advanceTimersByTimeAsync(INTERVAL * 3);
    expect(rounds).toBe(4);
    polling.stop();
    await vi.advanceTimersByTimeAsync(INTERVAL * 3);
    expect(rounds).toBe(4);
  });

  test("does not ask while the page is hidden, and asks at once when it is shown again", async () => {
    const page = new Page();
    let rounds = 0;
    const polling = poll(() => {
      rounds += 1;
      return Promise.resolve(INTERVAL);
    }, page);
    page.turn(true);
    await vi.advanceTimersByTimeAsync(INTERVAL * 10);
    expect(rounds).toBe(1);
    page.turn(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(rounds).toBe(2);
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(rounds).toBe(3);
    polling.stop();
  });

  test("asks one thing at a time; what is wanted meanwhile follows at once", async () => {
    let [running, most, rounds] = [0, 0, 0];
    const polling = poll(async () => {
      running += 1;
      rounds += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 500));
      running -= 1;
      return INTERVAL;
    }, new Page());
    polling.now();
    polling.now();
    await vi.advanceTimersByTimeAsync(600);
    expect(rounds).toBe(2);
    await vi.advanceTimersByTimeAsync(INTERVAL);
    expect(rounds).toBe(2);
    expect(most).toBe(1);
    polling.stop();
  });

  test("that is stopped aborts what is on its way", () => {
    let seen: AbortSignal | undefined;
    const polling = poll((signal) => {
      seen = signal;
      return new Promise(() => undefined);
    }, new Page());
    expect(seen?.aborted).toBe(false);
    polling.stop();
    expect(seen?.aborted).toBe(true);
  });
});
