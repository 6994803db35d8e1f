import { describe, expect, test } from "vitest";
import { readCustomRange, resolveRange, toLocal } from "./range";

const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 10, 22, 12);

describe("a range", () => {
  test("of the last hours ends now", () => {
    expect(resolveRange("1h", NOW)).toEqual({ since: NOW - HOUR, until: NOW });
    expect(resolveRange("7d", NOW)).toEqual({ since: NOW - 7 * 24 * HOUR, until: NOW });
  });

  test("with data is the last day, of a young index less, and of an old one its own last day", () => {
    const day = { since: NOW - 24 * HOUR, until: NOW };
    expect(resolveRange("auto", NOW)).toEqual(day);
    expect(resolveRange("auto", NOW, { oldest: NOW - 99 * HOUR, newest: NOW - HOUR })).toEqual(day);
    const young = resolveRange("auto", NOW, { oldest: NOW - HOUR / 6, newest: NOW });
    expect(young).toEqual({ since: NOW - HOUR / 6 - HOUR / 12, until: NOW });
    const newest = NOW - 50 * HOUR;
    const old = resolveRange("auto", NOW, { oldest: NOW - 99 * HOUR, newest });
    expect(old).toEqual({ since: newest + 1 - 24 * HOUR, until: newest + 1 });
  });

  test("between two instants stays as it is", () => {
    expect(resolveRange({ since: 1, until: 2 }, NOW)).toEqual({ since: 1, until: 2 });
  });

  test("is parsed from a form in local time, and formatted back", () => {
    const range = readCustomRange("2026-11-20T08:00", "2026-11-20T09:30");
    expect(range).toEqual({
      since: new Date(2026, 10, 20, 8).getTime(),
      until: new Date(2026, 10, 20, 9, 30).getTime(),
    });
    expect(typeof range === "string" ? "" : toLocal(range.since)).toBe("2026-11-20T08:00");
  });

  test("that is invalid says what is wrong with it", () => {
    expect(readCustomRange("", "2026-11-20T09:30")).toBe("incomplete");
    expect(readCustomRange("2026-11-20T09:30", "2026-13-40T09:30")).toBe("incomplete");
    expect(readCustomRange("2026-11-20T09:30", "2026-11-20T09:30")).toBe("reversed");
  });
});
