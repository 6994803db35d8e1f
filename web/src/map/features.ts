// Deliveries as GeoJSON for the map. Pure.

import type { Feature, FeatureCollection, LineString, Point } from "geojson";
import { STALE_COLOUR, colourOf } from "../colours";
import { hasEnded, type Delivery } from "../deliveries";
import type { Pose } from "../motion";
import { nameOf } from "../names";
import type { LngLat } from "../protocol";
import { pinIcon, titleIcon, vehicleIcon } from "./icons";

/** A delivery whose line is loaded. */
export interface Drawn {
  delivery: Delivery;
  path: readonly LngLat[];
}

/** The lines of deliveries on the same route are drawn side by side, in lanes of this width in pixels. */
const LANES = [0, 1, -1, 2, -2];
const LANE_WIDTH = 4;

/**
 * Of the deliveries on each route, those whose lines can be told apart, and the followed one: a thousand lines on top of each
 * other look like the last, and take a thousand times as long.
 */
export function worthDrawing(drawn: readonly Drawn[], following: string | null): Drawn[] {
  const onRoute = new Map<string, number>();
  return drawn.filter(({ delivery, path }) => {
    // Another revision is another line.
    const key = `${delivery.routeId} ${path.length} ${String(path[0])} ${String(path.at(-1))}`;
    const earlier = onRoute.get(key) ?? 0;
    onRoute.set(key, earlier + 1);
    return earlier < LANES.length || delivery.deliveryId === following;
  });
}

/** `following`: the delivery from which the others do not distract; null: none. */
export function lineFeatures(
  drawn: readonly Drawn[],
  following: string | null,
): FeatureCollection<LineString> {
  const onRoute = new Map<string, number>();
  return collection(
    drawn.map(({ delivery, path }) => {
      const earlier = onRoute.get(delivery.routeId) ?? 0;
      onRoute.set(delivery.routeId, earlier + 1);
      const offset = (LANES[earlier % LANES.length] ?? 0) * LANE_WIDTH;
      return feature({ type: "LineString", coordinates: path.map(([lng, lat]) => [lng, lat]) }, delivery, {
        offset,
        dimmed: isDimmed(delivery, following),
      });
    }),
  );
}

export function endFeatures(drawn: readonly Drawn[]): FeatureCollection<Point> {
  return collection(
    drawn.flatMap(({ delivery, path }) => {
      const [first, last] = [path[0], path.at(-1)];
      if (first === undefined || last === undefined) return [];
      return [
        feature(point(first), delivery, { kind: "start", icon: titleIcon(delivery.title) }),
        feature(point(last), delivery, { kind: "end", icon: pinIcon(colourOf(delivery.slot)) }),
      ];
    }),
  );
}

export function vehicleFeature(
  delivery: Delivery,
  pose: Pose,
  { following, stale }: { following: string | null; stale: boolean },
): Feature<Point> {
  const colour = stale ? STALE_COLOUR : colourOf(delivery.slot);
  return feature(point(pose.position), delivery, {
    colour,
    icon: vehicleIcon(delivery.vehicle, colour),
    heading: pose.heading,
    label: titleIcon(nameOf(delivery).who),
    followed: delivery.deliveryId === following,
    dimmed: isDimmed(delivery, following),
  });
}

function isDimmed({ deliveryId }: Delivery, following: string | null): boolean {
  return following !== null && deliveryId !== following;
}

export function collection<Geometry extends LineString | Point>(
  features: Feature<Geometry>[],
): FeatureCollection<Geometry> {
  return { type: "FeatureCollection", features };
}

function feature<Geometry extends LineString | Point>(
  geometry: Geometry,
  delivery: Delivery,
  properties: Record<string, unknown>,
): Feature<Geometry> {
  return {
    type: "Feature",
    geometry,
    properties: {
      deliveryId: delivery.deliveryId,
      colour: colourOf(delivery.slot),
      ended: hasEnded(delivery.phase),
      ...properties,
    },
  };
}

function point([lng, lat]: LngLat): Point {
  return { type: "Point", coordinates: [lng, lat] };
}
