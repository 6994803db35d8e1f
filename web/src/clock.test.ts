import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as Clock from "./clock";

const SERVED = "Sun, 29 Nov 2026 12:00:00 GMT";
const HOUR = 3_600_000;
const now = Date.parse(SERVED) + 400;

let clock: typeof Clock;
beforeEach(async () => {
  vi.resetModules();
  clock = await import("./clock");
});

describe("the server's time", () => {
  test("is the browser's when that is right, to the last millisecond", () => {
    expect(clock.clockOffset()).toBeNull();
    clock.observeDate(SERVED, now, now + 200);
    expect(clock.clockOffset()).toBe(0);
  });

  test.each([HOUR, -HOUR, 30 * HOUR])("is found when the browser's clock is %d ms off", (wrong) => {
    clock.observeDate(SERVED, now + wrong, now + wrong + 200);
    expect(Math.abs((clock.clockOffset() ?? 0) + wrong)).toBeLessThan(700);
  });

  test("is found again when the browser's clock is set, and does not waver otherwise", () => {
    const heard = vi.fn();
    clock.onClock(heard);
    clock.observeDate(SERVED, now + HOUR, now + HOUR + 200);
    clock.observeDate(SERVED, now + HOUR + 300, now + HOUR + 900);
    expect(heard).toHaveBeenCalledTimes(1);
    clock.observeDate(SERVED, now, now + 200);
    expect(Math.abs(clock.clockOffset() ?? NaN)).toBeLessThan(700);
    expect(heard).toHaveBeenCalledTimes(2);
  });

  test("is assumed when no response says it", () => {
    clock.observeDate(null, now, now);
    clock.observeDate("yesterday", now, now);
    expect(clock.clockOffset()).toBeNull();
    clock.assumeClock();
    expect(clock.clockOffset()).toBe(0);
  });
});
