// Interpolates a vehicle between its reported positions. Pure: a track is a value, and the time is passed in.
//
// The vehicle is drawn slightly behind the newest position, so that there is always one ahead to move towards: its clock
// `played` (the server's time of what is drawn) approaches `newest + elapsed - delay` exponentially. With regular
// positions it runs in real time; after a gap it catches up smoothly; it never runs backwards.

import { measureLine, pointAlong, type MeasuredLine } from "./geo";
import type { LngLat } from "./protocol";

export interface Pose {
  position: LngLat;
  /** Degrees clockwise from north, 0 to 360. */
  heading: number;
}

/** A reported position; `at` by the server's clock, milliseconds. */
export interface TimedPose extends Pose {
  at: number;
}

/** The stretch between two reported positions. */
export interface Leg {
  from: TimedPose;
  to: TimedPose;
  line: MeasuredLine;
}

export interface Track {
  /** The legs still to be drawn, oldest first; never empty after the second position. */
  legs: readonly Leg[];
  newest: TimedPose;
  /** When the newest position was received, by the page's clock, milliseconds. */
  receivedAt: number;
  /** How far the drawing lags behind, milliseconds. */
  delay: number;
  /** The server's time of what is drawn. */
  played: number;
  /** When `played` was set, by the page's clock. */
  playedAt: number;
}

/** The fraction of the lag that remains after each second of catching up. */
const CATCH_UP_PER_SECOND = Math.exp(-3);
/** The drawing lags this many intervals behind: one, and some for late positions. */
const DELAY_INTERVALS = 1.25;
/** Bounds the legs that a page collects while it draws nothing, as in a hidden tab. */
const MAX_LEGS = 16;

/** A vehicle at its first reported position. */
export function startTrack(pose: TimedPose, intervalMilliseconds: number, now: number): Track {
  return {
    legs: [],
    newest: pose,
    receivedAt: now,
    delay: intervalMilliseconds * DELAY_INTERVALS,
    played: pose.at,
    playedAt: now,
  };
}

/** Adds a reported position, unless it is not newer; `via` are the road's points between the previous one and it. */
export function addPose(track: Track, pose: TimedPose, now: number, via: readonly LngLat[] = []): Track {
  if (pose.at <= track.newest.at) return track;
  const current = advance(track, now);
  const line = measureLine([track.newest.position, ...via, pose.position]);
  const legs = [...current.legs, { from: track.newest, to: pose, line }].slice(-MAX_LEGS);
  return { ...current, legs, newest: pose, receivedAt: now };
}

/** The track at a later time. */
export function advance(track: Track, now: number): Track {
  const seconds = Math.max(0, now - track.playedAt) / 1000;
  const wanted = track.newest.at + (now - track.receivedAt) - track.delay;
  const wantedBefore = wanted - seconds * 1000;
  const eased = wanted - (wantedBefore - track.played) * CATCH_UP_PER_SECOND ** seconds;
  const played = Math.min(track.newest.at, Math.max(track.played, eased));
  const legs = track.legs.filter((leg) => leg.to.at > played);
  return { ...track, played, playedAt: Math.max(now, track.playedAt), legs };
}

/** Where the vehicle is drawn. */
export function poseOf(track: Track): Pose {
  const leg = track.legs[0];
  if (leg === undefined) return { position: track.newest.position, heading: wrap(track.newest.heading) };
  return poseOn(leg, track.played);
}

/** The pose on a leg at a time (the server's), clamped to the ends of the leg. */
export function poseOn({ from, to, line }: Leg, at: number): Pose {
  const part = to.at > from.at ? Math.min(1, Math.max(0, (at - from.at) / (to.at - from.at))) : 1;
  return { position: pointAlong(line, part), heading: turn(from.heading, to.heading, smooth(part)) };
}

/** Whether it will be drawn elsewhere at a later time. */
export function isMoving(track: Track): boolean {
  return track.legs.length > 0;
}

/** A heading between two others, along the shorter turn, degrees 0 to 360. */
export function turn(from: number, to: number, part: number): number {
  const difference = ((((to - from + 180) % 360) + 360) % 360) - 180;
  return wrap(from + difference * part);
}

function wrap(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

/** Ease-in-out from 0 to 1 (smoothstep). */
function smooth(part: number): number {
  return part * part * (3 - 2 * part);
}
