import { describe, expect, test } from "vitest";
import { addPose, advance, isMoving, poseOf, startTrack, turn, type TimedPose, type Track } from "./motion";

const INTERVAL = 500;

/** A vehicle that drives east, 0.0001° per position, reported at `at`. */
function east(seq: number): TimedPose {
  return { at: seq * INTERVAL, position: [seq * 1e-4, 0], heading: 90 };
}

/** Plays a track frame by frame, with positions received at the given times. Returns the longitudes drawn. */
function play(received: Map<number, TimedPose>, until: number, frame = 20): number[] {
  let track: Track = startTrack(east(0), INTERVAL, 0);
  const drawn: number[] = [];
  for (let now = 0; now <= until; now += frame) {
    const pose = received.get(now);
    if (pose !== undefined) track = addPose(track, pose, now);
    track = advance(track, now);
    drawn.push(poseOf(track).position[0]);
  }
  return drawn;
}

function steps(values: number[]): number[] {
  return values.slice(1).map((value, index) => value - (values[index] ?? 0));
}

describe("a vehicle with regular positions", () => {
  const received = new Map(Array.from({ length: 20 }, (_, seq) => [seq * INTERVAL, east(seq)]));
  const drawn = play(received, 9_400);

  test("moves at a constant speed once it is under way", () => {
    const speed = (1e-4 / INTERVAL) * 20;
    for (const step of steps(drawn.slice(150))) expect(step / speed).toBeCloseTo(1, 1);
  });

  test("is drawn no more than two intervals behind", () => {
    expect(18e-4 - (drawn.at(-1) ?? 0)).toBeLessThan(2e-4);
  });
});

describe("a vehicle with irregular positions", () => {
  const late = [0, 500, 1300, 1500, 2480, 2500, 3000, 3900, 4000, 4500];

  test("never moves backwards and never jumps", () => {
    const received = new Map(late.map((now, seq) => [now, east(seq)]));
    for (const step of steps(play(received, 7_000))) {
      expect(step).toBeGreaterThanOrEqual(0);
      expect(step).toBeLessThan(0.5e-4);
    }
  });

  test("stops exactly at the last one", () => {
    const received = new Map(late.map((now, seq) => [now, east(seq)]));
    expect(play(received, 9_000).at(-1)).toBe(east(9).position[0]);
  });
});

describe("a vehicle with slow positions", () => {
  test("has a clock that never runs backwards", () => {
    const interval = 4_000;
    let track = startTrack(east(0), interval, 0);
    for (let now = 0; now < 20_000; now += 50) {
      if (now % interval === 0 && now > 0) track = addPose(track, { ...east(now), at: now }, now);
      const { played } = track;
      track = advance(track, now);
      expect(track.played).toBeGreaterThanOrEqual(played);
    }
    expect(track.played).toBeGreaterThan(10_000);
  });
});

describe("after a gap", () => {
  const gap = new Map<number, TimedPose>([
    [500, east(1)],
    [20_000, east(40)],
    [20_500, east(41)],
    [21_000, east(42)],
    [21_500, east(43)],
  ]);
  const drawn = play(gap, 22_500);
  const afterGap = drawn.slice(1000);

  test("it waits where it was last reported", () => {
    expect(drawn[999]).toBe(1e-4);
  });

  test("it catches up within two seconds, without a jump", () => {
    expect(43e-4 - (drawn[1100] ?? 0)).toBeLessThan(3.1e-4);
    for (const step of steps(afterGap)) expect(step).toBeLessThan(39e-4 / 10);
  });

  test("it slows down as it arrives", () => {
    const [first = 0, ...rest] = steps(afterGap.slice(0, 40));
    expect(rest.at(-1)).toBeLessThan(first / 2);
  });
});

describe("a track", () => {
  test("ignores a position that is not newer", () => {
    const track = addPose(startTrack(east(3), INTERVAL, 0), east(4), 500);
    expect(addPose(track, east(4), 600)).toBe(track);
    expect(addPose(track, east(2), 600)).toBe(track);
  });

  test("follows the road between two positions", () => {
    const corner: TimedPose = { at: 1000, position: [1e-4, 1e-4], heading: 0 };
    let track = startTrack({ at: 0, position: [0, 0], heading: 90 }, 1000, 0);
    track = addPose(track, corner, 1000, [[1e-4, 0]]);
    const seen: (readonly [number, number])[] = [];
    for (let now = 1000; now < 4000; now += 10) {
      track = advance(track, now);
      seen.push(poseOf(track).position);
    }
    for (const [lng, lat] of seen) expect(lat < 1e-9 || Math.abs(lng - 1e-4) < 1e-9).toBe(true);
    expect(seen.some(([lng, lat]) => lng > 0.9e-4 && lat < 0.1e-4)).toBe(true);
  });

  test("is at rest when it has arrived, so that nothing is redrawn", () => {
    let track = addPose(startTrack(east(0), INTERVAL, 0), east(1), 500);
    expect(isMoving(track)).toBe(true);
    track = advance(track, 10_000);
    expect(isMoving(track)).toBe(false);
    expect(poseOf(track)).toEqual({ position: [1e-4, 0], heading: 90 });
  });

  test("does not grow while nothing is drawn", () => {
    let track = startTrack(east(0), INTERVAL, 0);
    for (let seq = 1; seq < 1000; seq += 1) track = addPose(track, east(seq), 500);
    expect(track.legs.length).toBeLessThan(20);
  });

  test("does not move back when the clock goes backwards", () => {
    let track = addPose(startTrack(east(0), INTERVAL, 0), east(1), 500);
    track = advance(track, 900);
    const before = poseOf(track).position[0];
    expect(poseOf(advance(track, 100)).position[0]).toBeGreaterThanOrEqual(before);
  });
});

describe("a turn", () => {
  test.each([
    [350, 10, 0.5, 0],
    [10, 350, 0.5, 0],
    [0, 90, 0.5, 45],
    [270, 0, 0.5, 315],
    [90, 90, 0.3, 90],
    [-10, 730, 1, 10],
  ])("from %d° to %d° goes the shorter way: at %d it is %d°", (from, to, part, heading) => {
    expect(turn(from, to, part)).toBeCloseTo(heading, 9);
  });
});
