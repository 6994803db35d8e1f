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
  test("is the corners that the line has there", () => {
    expect(roadBetween(LINE, 0.25, 0.75, [0.002, 0.001])).toEqual([[0.002, 0]]);
    expect(roadBetween(LINE, 0.1, 0.4, [0.0016, 0])).toEqual([]);
  });

  test("is none for a position that is far off the line", () => {
    expect(roadBetween(LINE, 0.25, 0.75, [0.002, 0.1])).toEqual([]);
  });
});
