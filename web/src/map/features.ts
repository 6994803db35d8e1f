// Deliveries as GeoJSON for the map. Pure.

import type { Feature, FeatureCollection, LineString, Point } from "geojson";
import { colourOf } from "../colours";
import { hasEnded, type Delivery } from "../deliveries";
import type { Pose } from "../motion";
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

export function lineFeatures(drawn: readonly Drawn[]): FeatureCollection<LineString> {
  const onRoute = new Map<string, number>();
  return collection(
    drawn.map(({ delivery, path }) => {
      const earlier = onRoute.get(delivery.routeId) ?? 0;
      onRoute.set(delivery.routeId, earlier + 1);
      const offset = (LANES[earlier % LANES.length] ?? 0) * LANE_WIDTH;
      return feature({ type: "LineString", coordinates: path.map(([lng, lat]) => [lng, lat]) }, delivery, {
        offset,
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

export function vehicleFeature(delivery: Delivery, pose: Pose, followed: boolean): Feature<Point> {
  return feature(point(pose.position), delivery, {
    icon: vehicleIcon(delivery.vehicle, colourOf(delivery.slot)),
    heading: pose.heading,
    followed,
  });
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
