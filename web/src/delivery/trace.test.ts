import { describe, expect, test } from "vitest";
import { BadMessage } from "../reading";
import { readTrace, tracePath, waterfallOf, type Span } from "./trace";

const told = {
  id: "b",
  parent: "a",
  name: "create pod",
  service: "operator",
  instance: "operator-7",
  startMicroseconds: 1_500,
  durationMicroseconds: 500,
  attributes: { attempt: 2, phase: "Accepted", list: [1] },
  events: [{ name: "interrupted", atMicroseconds: 1_600 }, { name: "" }],
  failed: true,
  error: "The quota is used up.",
};

const span = (id: string, parent: string | null, start: number, duration = 1): Span => ({
  ...{ id, parent, start, duration, name: id, service: "operator", instance: "" },
  ...{ attributes: [], events: [], failed: false, error: "" },
});

const shown = (spans: Span[]) => waterfallOf(spans).map(({ span: { id }, depth }) => `${depth}${id}`);

describe("a trace", () => {
  test("is read as the gateway tells it", () => {
    expect(readTrace({ traceId: "4bf9", spans: [told], truncated: false, more: 1 })).toEqual({
      traceId: "4bf9",
      truncated: false,
      spans: [
        {
          ...{ id: "b", parent: "a", name: "create pod", service: "operator", instance: "operator-7" },
          ...{ start: 1.5, duration: 0.5, failed: true, events: ["interrupted"] },
          error: "The quota is used up.",
          attributes: [
            { name: "attempt", value: "2" },
            { name: "phase", value: "Accepted" },
          ],
        },
      ],
    });
  });

  test("without some of its spans says that there are more", () => {
    const broken = { ...told, startMicroseconds: -1 };
    const trace = readTrace({ traceId: "4bf9", spans: [told, broken, null], truncated: false });
    expect([trace.spans.length, trace.truncated]).toEqual([1, true]);
    expect(() => readTrace({ spans: [] })).toThrow(BadMessage);
    expect(() => readTrace({ traceId: "4bf9" })).toThrow(BadMessage);
  });

  test("may not tell why a span failed", () => {
    for (const error of [null, undefined]) {
      const { spans } = readTrace({ traceId: "4bf9", spans: [{ ...told, error }], truncated: false });
      expect(spans).toMatchObject([{ failed: true, error: "" }]);
    }
  });

  test("is at a path of its delivery, whatever its id", () => {
    expect(tracePath("7d0c/../x")).toBe("deliveries/7d0c%2F..%2Fx/trace");
  });
});

describe("a waterfall", () => {
  test("has each span after the one that it belongs to, in the order of their beginnings", () => {
    const spans = [
      span("e", "a", 9),
      span("c", "b", 3),
      span("a", null, 0),
      span("d", "a", 2),
      span("b", "a", 1),
    ];
    expect(shown(spans)).toEqual(["0a", "1b", "2c", "1d", "1e"]);
  });

  test("has those whose parents are not known at the top", () => {
    expect(shown([span("a", "of a client", 1), span("b", "b", 0)])).toEqual(["0b", "0a"]);
  });

  test("has every span once, even those that are one another's parents", () => {
    expect(shown([span("a", "b", 0), span("b", "a", 1), span("c", null, 2)])).toEqual(["0c", "0a", "1b"]);
  });

  test("places them within the whole", () => {
    const rows = waterfallOf([span("a", null, 0, 100), span("b", "a", 25, 50)]);
    expect(rows.map(({ left, width }) => [left, width])).toEqual([
      [0, 1],
      [0.25, 0.5],
    ]);
    expect(waterfallOf([span("a", null, 0, 0)])).toMatchObject([{ left: 0, width: 0 }]);
    expect(waterfallOf([])).toEqual([]);
  });
});
