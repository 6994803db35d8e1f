// The stored positions of a delivery as a tape to replay: the vehicle's pose at a time, and the path driven so far. Pure.

import { measureLine, nearLng, pointAlong, pointsBetween, type MeasuredLine } from "../geo";
import { poseOn, type Leg, type Pose } from "../motion";
import type { LngLat } from "../reading";
import { roadBetween } from "../road";
import type { StoredPosition } from "./shapes";

interface Frame extends StoredPosition {
  /** The road's points between the previous frame and this one. */
  via: readonly LngLat[];
}

/** Frames in order of time. */
export interface Tape {
  frames: readonly Frame[];
}

export const EMPTY_TAPE: Tape = { frames: [] };

/** The path behind the vehicle is passed to the map in parts of this many positions, of which only the last changes. */
export const PART_SIZE = 200;

/** Adds the next page of positions; between two of them the vehicle follows `line`, the route. */
export function extend(tape: Tape, positions: readonly StoredPosition[], line: MeasuredLine | null): Tape {
  const frames = [...tape.frames];
  for (const stop of positions) {
    const before = frames.at(-1);
    if (before !== undefined && stop.seq <= before.seq) continue;
    const via =
      before === undefined || line === null
        ? []
        : roadBetween(line, before.progress, stop.progress, stop.position);
    // Continuous, like the line: beyond the 180th meridian, longitudes go on.
    const near = before?.position ?? (line === null ? stop.position : pointAlong(line, stop.progress));
    const position: LngLat = [nearLng(stop.position[0], near[0]), stop.position[1]];
    // A clock that was set back does not rewind the tape.
    frames.push({ ...stop, position, at: Math.max(stop.at, before?.at ?? stop.at), via });
  }
  return { frames };
}

/** From the first position to the last, milliseconds since the epoch; null for an empty tape. */
export function spanOf({ frames }: Tape): { first: number; last: number } | null {
  const [first, last] = [frames[0], frames.at(-1)];
  return first === undefined || last === undefined ? null : { first: first.at, last: last.at };
}

/** The latest position at a time; before the first, the first. Null for an empty tape. */
export function positionAt(tape: Tape, at: number): StoredPosition | null {
  return tape.frames[indexAt(tape, at)] ?? null;
}

/** Null for an empty tape. */
export function poseAt(tape: Tape, at: number): Pose | null {
  const index = indexAt(tape, at);
  const [from, to] = [tape.frames[index], tape.frames[index + 1]];
  if (from === undefined) return null;
  return to === undefined ? { position: from.position, heading: from.heading } : poseOn(leg(from, to), at);
}

/** The path driven so far: the number of full parts, and the points since then up to the vehicle. */
export function trailAt(tape: Tape, at: number): { parts: number; tail: readonly LngLat[] } {
  const index = indexAt(tape, at);
  const parts = Math.floor(index / PART_SIZE);
  const tail = [...pathBetween(tape, parts * PART_SIZE, index)];
  const [from, to] = [tape.frames[index], tape.frames[index + 1]];
  const pose = poseAt(tape, at);
  if (from !== undefined && to !== undefined && at > from.at) {
    const part = (at - from.at) / (to.at - from.at);
    tail.push(...pointsBetween(leg(from, to).line, 0, part));
  }
  if (pose !== null) tail.push(pose.position);
  return { parts, tail };
}

/** The path between two positions, given by their indices. */
export function pathBetween({ frames }: Tape, from: number, to: number): readonly LngLat[] {
  const points: LngLat[] = [];
  for (let index = from; index <= to; index += 1) {
    const frame = frames[index];
    if (frame === undefined) break;
    if (index > from) points.push(...frame.via);
    points.push(frame.position);
  }
  return points;
}

/** The path of one part, up to the first position of the next part. */
export function pathOfPart(tape: Tape, part: number): readonly LngLat[] {
  return pathBetween(tape, part * PART_SIZE, (part + 1) * PART_SIZE);
}

function leg(from: Frame, to: Frame): Leg {
  return { from, to, line: measureLine([from.position, ...to.via, to.position]) };
}

/** The index of the last position that is not after a time; 0 when all are. */
function indexAt({ frames }: Tape, at: number): number {
  let [low, high] = [0, frames.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((frames[middle]?.at ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
