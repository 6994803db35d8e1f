import { describe, expect, test } from "vitest";
import { addSample, latenessOf, mergeSamples, pausesOf, thinOut, type Sample } from "./samples";

/** One position each half second, from time 1000 on. */
function sample(seq: number, late = 0): Sample {
  return { seq, at: 1_000 + seq * 500 + late, speed: 10, progress: 0 };
}

const upTo = (count: number) => Array.from({ length: count }, (_, seq) => sample(seq));
const seqs = (samples: readonly Sample[]) => samples.map(({ seq }) => seq);

describe("samples", () => {
  test("are added in order; repeats and older ones are not", () => {
    const samples = addSample(addSample([], sample(3), 9), sample(4), 9);
    expect(seqs(samples)).toEqual([3, 4]);
    expect(addSample(samples, sample(4), 9)).toBe(samples);
    expect(addSample(samples, sample(1), 9)).toBe(samples);
  });

  test("are bounded, keep the newest, and cover the whole time", () => {
    let samples: readonly Sample[] = [];
    for (let seq = 0; seq < 100; seq += 1) {
      samples = addSample(samples, sample(seq), 10);
      expect(samples.length).toBeLessThanOrEqual(10);
      expect(samples.at(-1)?.seq).toBe(seq);
    }
    expect(samples[0]?.seq).toBeLessThan(50);
  });

  test("that were stored and those that arrive are one row", () => {
    expect(seqs(mergeSamples([sample(0), sample(1), sample(2)], [sample(2), sample(5)]))).toEqual([
      0, 1, 2, 5,
    ]);
  });

  test("are thinned out evenly, with the first and the last", () => {
    expect(seqs(thinOut(upTo(101), 5))).toEqual([0, 25, 50, 75, 100]);
    expect(thinOut(upTo(3), 5)).toHaveLength(3);
  });

  test("are late by the time of the suspensions", () => {
    expect(latenessOf(sample(4), 1_000, 500)).toBe(0);
    expect(latenessOf(sample(4, 7_000), 1_000, 500)).toBe(7_000);
    expect(latenessOf(sample(4, -300), 1_000, 500)).toBe(0);
  });

  test("show a suspension where positions became late, and none where some are missing", () => {
    const samples = [sample(0), sample(1), sample(9), sample(10, 8_000), sample(11, 8_000)];
    expect(pausesOf(samples, 500)).toEqual([{ from: 5_500, until: 14_000 }]);
    expect(pausesOf([sample(0), sample(1, 900)], 500)).toEqual([]);
    expect(pausesOf([], 500)).toEqual([]);
  });
});
