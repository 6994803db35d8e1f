// The vehicles on the map: one track each, fed with reported positions and evaluated at every frame.

import type { Feature, Point } from "geojson";
import { hasEnded, type Delivery } from "../deliveries";
import { distanceMeters, type MeasuredLine } from "../geo";
import {
  addPose,
  advance,
  isMoving,
  poseOf,
  startTrack,
  type Pose,
  type TimedPose,
  type Track,
} from "../motion";
import type { LngLat } from "../protocol";
import { roadBetween } from "../road";
import { vehicleFeature } from "./features";

interface Vehicle {
  delivery: Delivery;
  /** Drawn grey: it has missed its positions. */
  stale: boolean;
  track: Track;
  progress: number;
  /** The pose last passed to the map. */
  drawn: Pose | null;
}

/** Smaller changes are not worth a frame. */
const VISIBLE_PIXELS = 0.3;
const VISIBLE_DEGREES = 1;

export class Vehicles {
  readonly #vehicles = new Map<string, Vehicle>();
  /** Something other than a position has changed: a phase, the followed vehicle, the set of vehicles. */
  #changed = false;

  /** Updates a delivery. `line` is its route, if that is loaded. */
  put(delivery: Delivery, line: MeasuredLine | null, now: number, stale = false): void {
    const vehicle = this.#vehicles.get(delivery.deliveryId);
    if (vehicle === undefined) {
      const pose = reportedPose(delivery, line);
      if (pose === null) return;
      const track = startTrack(pose, delivery.intervalMilliseconds, now);
      this.#vehicles.set(delivery.deliveryId, {
        ...{ delivery, stale, track },
        ...{ progress: delivery.progress, drawn: null },
      });
      this.#changed = true;
      return;
    }
    if (vehicle.stale !== stale) {
      vehicle.stale = stale;
      this.#changed = true;
    }
    if (vehicle.delivery === delivery) return;
    if (vehicle.delivery.phase !== delivery.phase) this.#changed = true;
    if (delivery.seq > vehicle.delivery.seq) {
      const pose = reportedPose(delivery, line);
      if (pose !== null) {
        const via =
          line === null ? [] : roadBetween(line, vehicle.progress, delivery.progress, pose.position);
        vehicle.track = addPose(vehicle.track, pose, now, via);
        vehicle.progress = delivery.progress;
      }
    }
    vehicle.delivery = delivery;
  }

  /** Removes vehicles that are no longer shown. */
  keep(shown: ReadonlySet<string>): void {
    for (const id of this.#vehicles.keys()) {
      if (!shown.has(id)) {
        this.#vehicles.delete(id);
        this.#changed = true;
      }
    }
  }

  redraw(): void {
    this.#changed = true;
  }

  poseOf(deliveryId: string): Pose | null {
    const vehicle = this.#vehicles.get(deliveryId);
    return vehicle === undefined ? null : poseOf(vehicle.track);
  }

  /**
   * Advances all vehicles to a time. `moving`: a later frame would differ; `visible`: the difference to the last drawn
   * frame is visible at this scale.
   */
  advance(now: number, metersPerPixel: number, still: boolean): { moving: boolean; visible: boolean } {
    let [moving, visible] = [false, this.#changed];
    for (const vehicle of this.#vehicles.values()) {
      vehicle.track = still ? atNewest(vehicle.track, now) : advance(vehicle.track, now);
      moving ||= isMoving(vehicle.track);
      // Also for a vehicle at rest: the map may have been zoomed since it was drawn.
      visible ||= differs(vehicle.drawn, poseOf(vehicle.track), metersPerPixel);
    }
    return { moving, visible };
  }

  /** The vehicles as GeoJSON; marks them as drawn. `place`: where one that is at a position is drawn. */
  features(
    following: string | null,
    place: (id: string, position: LngLat) => LngLat = (_, position) => position,
  ): Feature<Point>[] {
    this.#changed = false;
    return [...this.#vehicles.values()].map((vehicle) => {
      vehicle.drawn = poseOf(vehicle.track);
      const { delivery, stale } = vehicle;
      const pose = { ...vehicle.drawn, position: place(delivery.deliveryId, vehicle.drawn.position) };
      return vehicleFeature(delivery, pose, { following, stale });
    });
  }

  /** Where the vehicles are that have not ended. */
  positions(): Map<string, LngLat> {
    const active = [...this.#vehicles].filter(([, { delivery }]) => !hasEnded(delivery.phase));
    return new Map(active.map(([id, { track }]) => [id, poseOf(track).position]));
  }
}

/** The reported pose; before the first position, the start of its line. */
function reportedPose(delivery: Delivery, line: MeasuredLine | null): TimedPose | null {
  const { position, heading, at, start } = delivery;
  if (position !== null) return { position, heading, at: at ?? 0 };
  const [first, second] = line?.points ?? [];
  if (first === undefined || second === undefined) return null;
  return { position: first, heading: bearing(first, second), at: (start ?? 0) - 1 };
}

function bearing(from: LngLat, to: LngLat): number {
  const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180);
  return (Math.atan2(east, to[1] - from[1]) * 180) / Math.PI;
}

function atNewest(track: Track, now: number): Track {
  return { ...track, legs: [], played: track.newest.at, playedAt: now };
}

function differs(drawn: Pose | null, pose: Pose, metersPerPixel: number): boolean {
  if (drawn === null) return true;
  const turned = Math.abs(((pose.heading - drawn.heading + 540) % 360) - 180);
  return (
    turned > VISIBLE_DEGREES ||
    distanceMeters(drawn.position, pose.position) > VISIBLE_PIXELS * metersPerPixel
  );
}
