import { describe, expect, test } from "vitest";
import { measureLine } from "./geo";
import { roadBetween } from "./road";

/** East, then north: 0.002° each. */
const LINE = measureLine([
  [0, 0],
  [0.002, 0],
  [0.002, 0.002],
]);

describe("the road between two positions", () => {
  test("consists of the line's corners there", () => {
    expect(roadBetween(LINE, 0.25, 0.75, [0.002, 0.001])).toEqual([[0.002, 0]]);
    expect(roadBetween(LINE, 0.1, 0.4, [0.0016, 0])).toEqual([]);
  });

  test("is empty for a position far off the line", () => {
    expect(roadBetween(LINE, 0.25, 0.75, [0.002, 0.1])).toEqual([]);
  });
});
