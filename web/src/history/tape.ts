// The stored positions of a delivery as something that can be played: where the vehicle was at a time, and the way that
// it had come by then. Pure.

import { measureLine, pointsBetween, type MeasuredLine } from "../geo";
import { poseOn, type Leg, type Pose } from "../motion";
import type { LngLat } from "../reading";
import { roadBetween } from "../road";
import type { Stop } from "./shapes";

interface Frame extends Stop {
  /** The road's points between the frame before and this one. */
  via: readonly LngLat[];
}

/** In order of time. */
export interface Tape {
  frames: readonly Frame[];
}

export const EMPTY_TAPE: Tape = { frames: [] };

/** The way behind a vehicle is given to the map in parts of so many positions: only the last one changes. */
export const PART = 200;

/** Adds the next page of positions. `line` is the route, whose road is driven between two of them. */
export function extend(tape: Tape, stops: readonly Stop[], line: MeasuredLine | null): Tape {
  const frames = [...tape.frames];
  for (const stop of stops) {
    const before = frames.at(-1);
    if (before !== undefined && stop.seq <= before.seq) continue;
    const via =
      before === undefined || line === null
        ? []
        : roadBetween(line, before.progress, stop.progress, stop.position);
    // A clock that was set back does not turn the tape back.
    frames.push({ ...stop, at: Math.max(stop.at, before?.at ?? stop.at), via });
  }
  return { frames };
}

/** From the first position to the last, milliseconds since the epoch; null for an empty tape. */
export function spanOf({ frames }: Tape): { first: number; last: number } | null {
  const [first, last] = [frames[0], frames.at(-1)];
  return first === undefined || last === undefined ? null : { first: first.at, last: last.at };
}

/** The newest position at a time; before the first, the first. Null for an empty tape. */
export function stopAt(tape: Tape, at: number): Stop | null {
  return tape.frames[indexAt(tape, at)] ?? null;
}

/** Null for an empty tape. */
export function poseAt(tape: Tape, at: number): Pose | null {
  const index = indexAt(tape, at);
  const [from, to] = [tape.frames[index], tape.frames[index + 1]];
  if (from === undefined) return null;
  return to === undefined ? { position: from.position, heading: from.heading } : poseOn(leg(from, to), at);
}

/** Where a vehicle has come from: so many whole parts of the way, and the points since then up to where it is. */
export function trailAt(tape: Tape, at: number): { parts: number; tail: readonly LngLat[] } {
  const index = indexAt(tape, at);
  const parts = Math.floor(index / PART);
  const tail = [...wayOf(tape, parts * PART, index)];
  const [from, to] = [tape.frames[index], tape.frames[index + 1]];
  const pose = poseAt(tape, at);
  if (from !== undefined && to !== undefined && at > from.at) {
    const part = (at - from.at) / (to.at - from.at);
    tail.push(...pointsBetween(leg(from, to).line, 0, part));
  }
  if (pose !== null) tail.push(pose.position);
  return { parts, tail };
}

/** The driven way from one position to another, both by their place on the tape. */
export function wayOf({ frames }: Tape, from: number, to: number): readonly LngLat[] {
  const points: LngLat[] = [];
  for (let index = from; index <= to; index += 1) {
    const frame = frames[index];
    if (frame === undefined) break;
    if (index > from) points.push(...frame.via);
    points.push(frame.position);
  }
  return points;
}

/** The way of a whole part: up to the first position of the next one. */
export function partOf(tape: Tape, part: number): readonly LngLat[] {
  return wayOf(tape, part * PART, (part + 1) * PART);
}

function leg(from: Frame, to: Frame): Leg {
  return { from, to, line: measureLine([from.position, ...to.via, to.position]) };
}

/** Place of the last position that is not after a time; 0 when all are. */
function indexAt({ frames }: Tape, at: number): number {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((frames[middle]?.at ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
