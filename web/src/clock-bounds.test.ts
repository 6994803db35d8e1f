import { describe, expect, test } from "vitest";
import { boundsOf, estimateOf, narrow, type ClockBounds } from "./clock-bounds";

/** The header of a server whose clock is `ahead` of the browser's, for a request that is answered at `at`. */
function header(at: number, ahead: number): string {
  return new Date(at + ahead).toUTCString();
}

describe("the bounds of the server's clock", () => {
  test.each([0, 137, -4_321, 86_400_000])("hold an offset of %d ms, and close in on it", (ahead) => {
    let bounds: ClockBounds | null = null;
    for (let probe = 0; probe < 20; probe += 1) {
      const sentAt = 1_700_000_000_000 + probe * 1_130;
      const next = boundsOf(header(sentAt + 4, ahead), sentAt, sentAt + 8);
      if (next === null) throw new Error("the header is readable");
      expect(next.high - next.low).toBe(1_008);
      bounds = narrow(bounds, next);
      expect(bounds.low).toBeLessThanOrEqual(ahead);
      expect(bounds.high).toBeGreaterThanOrEqual(ahead);
    }
    if (bounds === null) throw new Error("there were probes");
    const { offset, error } = estimateOf(bounds);
    expect(error).toBeLessThan(60);
    expect(Math.abs(offset - ahead)).toBeLessThanOrEqual(error);
  });

  test("begin anew when a clock was set", () => {
    const next = { low: 5_000, high: 6_000 };
    expect(narrow({ low: 0, high: 1_000 }, next)).toBe(next);
  });

  test("are unknown without a readable header", () => {
    expect(boundsOf(null, 0, 1)).toBeNull();
    expect(boundsOf("yesterday", 0, 1)).toBeNull();
    expect(boundsOf("Thu, 01 Jan 1970 00:00:00 GMT", 2, 1)).toBeNull();
  });
});
