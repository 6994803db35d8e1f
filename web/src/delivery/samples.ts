// Speed and lateness of one delivery over time: from stored positions, and from those that arrive. Pure.

import type { StoredPosition } from "../history/shapes";

/** What the charts need of a position. */
export type Sample = Pick<StoredPosition, "seq" | "at" | "speed" | "progress">;

/** A time without positions although some were due. */
export interface Pause {
  /** When the last position before it, and the first after it, were due, milliseconds since the epoch. */
  from: number;
  until: number;
}

/** A shorter delay is none, milliseconds: simulators round. */
const MIN_PAUSE = 1_000;

/** Adds a newer sample; of more than `max` every second one is dropped, and the newest always stays. */
export function addSample(samples: readonly Sample[], sample: Sample, max: number): readonly Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.seq <= last.seq) return samples;
  const next = [...samples, sample];
  return next.length > max ? next.filter((_, index) => index % 2 === (next.length - 1) % 2) : next;
}

/** Both in the order of `seq`, each once. */
export function mergeSamples(stored: readonly Sample[], received: readonly Sample[]): readonly Sample[] {
  const bySeq = new Map([...stored, ...received].map((sample) => [sample.seq, sample]));
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** At most `max` of them, evenly spread, the first and the last always. */
export function thinOut(samples: readonly Sample[], max: number): readonly Sample[] {
  if (samples.length <= max) return samples;
  const step = (samples.length - 1) / (max - 1);
  return Array.from({ length: max }, (_, index) => samples[Math.round(index * step)]).filter(
    (sample) => sample !== undefined,
  );
}

/** By how much a position is due later than without any suspension, milliseconds. */
export function latenessOf({ seq, at }: Sample, start: number, intervalMilliseconds: number): number {
  return Math.max(0, at - (start + seq * intervalMilliseconds));
}

/** The suspensions between the samples, which need not be all positions. */
export function pausesOf(samples: readonly Sample[], intervalMilliseconds: number): Pause[] {
  return samples.slice(1).flatMap((sample, index) => {
    const before = samples[index];
    if (before === undefined) return [];
    const due = before.at + (sample.seq - before.seq) * intervalMilliseconds;
    const delay = sample.at - due;
    if (delay < MIN_PAUSE + intervalMilliseconds) return [];
    return [{ from: before.at, until: sample.at }];
  });
}
