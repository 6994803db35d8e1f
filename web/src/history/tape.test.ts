import { describe, expect, test } from "vitest";
import { measureLine } from "../geo";
import type { StoredPosition } from "./shapes";
import {
  EMPTY_TAPE,
  PART_SIZE,
  extend,
  pathOfPart,
  poseAt,
  spanOf,
  positionAt,
  trailAt,
  pathBetween,
} from "./tape";

/** East, then north: 0.002° each. */
const LINE = measureLine([
  [0, 0],
  [0.002, 0],
  [0.002, 0.002],
]);

function stop(seq: number, changes: Partial<StoredPosition> = {}): StoredPosition {
  return { seq, at: seq * 500, position: [seq * 1e-4, 0], speed: 10, heading: 90, progress: 0, ...changes };
}

function positions(from: number, to: number): StoredPosition[] {
  return Array.from({ length: to - from }, (_, index) => stop(from + index));
}

describe("a tape", () => {
  const tape = extend(extend(EMPTY_TAPE, positions(0, 5), null), positions(5, 10), null);

  test("is built from pages, and spans the first position to the last", () => {
    expect(spanOf(tape)).toEqual({ first: 0, last: 4_500 });
    expect(spanOf(EMPTY_TAPE)).toBeNull();
  });

  test("contains each position once, although pages overlap", () => {
    expect(extend(tape, positions(3, 12), null).frames.map(({ seq }) => seq)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ]);
  });

  test("does not rewind with a clock that was set back", () => {
    const back = extend(tape, [stop(10, { at: 1_000 }), stop(11, { at: 6_000 })], null);
    expect(back.frames.slice(-2).map(({ at }) => at)).toEqual([4_500, 6_000]);
    expect(poseAt(back, 4_500)?.position[0]).toBeCloseTo(10e-4, 9);
  });
});

describe("the vehicle on a tape", () => {
  const tape = extend(EMPTY_TAPE, positions(0, 10), null);

  test.each([
    [-1_000, 0],
    [0, 0],
    [250, 0.5e-4],
    [500, 1e-4],
    [3_125, 6.25e-4],
    [4_500, 9e-4],
    [99_000, 9e-4],
  ])("at %d ms is at %d°", (at, lng) => {
    expect(poseAt(tape, at)?.position[0]).toBeCloseTo(lng, 12);
  });

  test("takes the shorter turn between two headings", () => {
    const turning = extend(EMPTY_TAPE, [stop(0, { heading: 350 }), stop(1, { heading: 10 })], null);
    expect(poseAt(turning, 250)?.heading).toBeCloseTo(0, 9);
  });

  test("follows the road between two positions", () => {
    const ends = [
      stop(0, { position: [0.001, 0], progress: 0.25 }),
      stop(1, { position: [0.002, 0.001], progress: 0.75 }),
    ];
    const onRoad = extend(EMPTY_TAPE, ends, LINE);
    expect(poseAt(onRoad, 250)?.position).toEqual([expect.closeTo(0.002, 9), expect.closeTo(0, 9)]);
    expect(pathBetween(onRoad, 0, 1)).toEqual([
      [0.001, 0],
      [0.002, 0],
      [0.002, 0.001],
    ]);
  });

  test("has the speed and progress of the newest position by then", () => {
    expect(positionAt(tape, 1_250)?.seq).toBe(2);
    expect(positionAt(EMPTY_TAPE, 0)).toBeNull();
    expect(poseAt(EMPTY_TAPE, 0)).toBeNull();
  });
});

describe("the path behind the vehicle", () => {
  const tape = extend(EMPTY_TAPE, positions(0, 3 * PART_SIZE), null);

  test("ends where the vehicle is", () => {
    const { parts, tail } = trailAt(tape, 1_250);
    expect(parts).toBe(0);
    expect(tail).toHaveLength(4);
    expect(tail.at(-1)).toEqual(poseAt(tape, 1_250)?.position);
  });

  test("is given in parts that join without a gap, and only the last one changes", () => {
    const at = (2 * PART_SIZE + 7) * 500;
    const { parts, tail } = trailAt(tape, at);
    expect(parts).toBe(2);
    expect(pathOfPart(tape, 0).at(-1)).toEqual(pathOfPart(tape, 1)[0]);
    expect(pathOfPart(tape, 1).at(-1)).toEqual(tail[0]);
    expect(tail.length).toBeLessThan(PART_SIZE);
    expect(trailAt(tape, at + 400).parts).toBe(2);
  });

  test("goes around the corner with the vehicle", () => {
    const ends = [
      stop(0, { position: [0.001, 0], progress: 0.25 }),
      stop(1, { position: [0.002, 0.001], progress: 0.75 }),
    ];
    const { tail } = trailAt(extend(EMPTY_TAPE, ends, LINE), 400);
    expect(tail[1]).toEqual([0.002, 0]);
    expect(tail).toHaveLength(3);
  });

  test("is almost empty at the beginning, and complete at the end", () => {
    expect(new Set(trailAt(tape, 0).tail.map(String)).size).toBe(1);
    const { parts, tail } = trailAt(tape, 1e9);
    expect(parts).toBe(2);
    expect(tail).toHaveLength(PART_SIZE + 1);
  });
});
