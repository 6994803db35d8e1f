// How a vehicle is drawn between its reported positions. Pure: a track is a value, time comes in as a value.
//
// The drawn vehicle plays the reported positions a little behind the newest, so that there is one ahead of it to move
// to: its clock `played` (the server's time of what is drawn) approaches `newest + elapsed - delay` exponentially.
// With regular positions that is real time; after a gap it is a soft catching up; it never runs backwards.

import { measureLine, placeAlong, type MeasuredLine } from "./geo";
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

/** The way to a reported position from the one before. */
export interface Leg {
  from: TimedPose;
  to: TimedPose;
  line: MeasuredLine;
}

export interface Track {
  /** What is still to be played, oldest first; never empty after the second position. */
  legs: readonly Leg[];
  newest: TimedPose;
  /** When the newest was received, by the page's clock, milliseconds. */
  heardAt: number;
  /** Milliseconds that the drawing stays behind. */
  delay: number;
  /** The server's time of what is drawn. */
  played: number;
  /** When `played` was set, by the page's clock. */
  playedAt: number;
}

/** Of the distance to where the drawing should be, this part is left after each second of catching up. */
const CATCH_UP_PER_SECOND = Math.exp(-3);
/** The drawing stays this many intervals behind: one, and some for positions that come late. */
const DELAY_INTERVALS = 1.25;
/** A page that draws nothing (a hidden tab) must not gather legs without end. */
const MOST_LEGS = 16;

/** A vehicle that stands where it was first reported. */
export function startTrack(pose: TimedPose, intervalMilliseconds: number, now: number): Track {
  return {
    legs: [],
    newest: pose,
    heardAt: now,
    delay: intervalMilliseconds * DELAY_INTERVALS,
    played: pose.at,
    playedAt: now,
  };
}

/** Adds a reported position; `via` are the points of the road between the newest one and it. One that is not newer changes nothing. */
export function addPose(track: Track, pose: TimedPose, now: number, via: readonly LngLat[] = []): Track {
  if (pose.at <= track.newest.at) return track;
  const current = advance(track, now);
  const line = measureLine([track.newest.position, ...via, pose.position]);
  const legs = [...current.legs, { from: track.newest, to: pose, line }].slice(-MOST_LEGS);
  return { ...current, legs, newest: pose, heardAt: now };
}

/** The track at a later time. */
export function advance(track: Track, now: number): Track {
  const seconds = Math.max(0, now - track.playedAt) / 1000;
  const wanted = track.newest.at + (now - track.heardAt) - track.delay;
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

/** Where a vehicle is at a time (the server's) on the way between two positions; before and after it, at its ends. */
export function poseOn({ from, to, line }: Leg, at: number): Pose {
  const part = to.at > from.at ? Math.min(1, Math.max(0, (at - from.at) / (to.at - from.at))) : 1;
  return { position: placeAlong(line, part), heading: turn(from.heading, to.heading, smooth(part)) };
}

/** Whether a later time would draw it elsewhere. */
export function isMoving(track: Track): boolean {
  return track.legs.length > 0;
}

/** Part of the way from one heading to another by the shorter turn, degrees 0 to 360. */
export function turn(from: number, to: number, part: number): number {
  const difference = ((((to - from + 180) % 360) + 360) % 360) - 180;
  return wrap(from + difference * part);
}

function wrap(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

/** Eases in and out: 0 to 1 with no slope at either end. */
function smooth(part: number): number {
  return part * part * (3 - 2 * part);
}
