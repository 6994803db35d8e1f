// The map's camera: shows all deliveries until the user moves the map, or follows one vehicle.

import type { Map as MapLibre } from "maplibre-gl";
import { distanceMeters, metersPerPixel, mix, type Bounds } from "../geo";
import type { LngLat } from "../protocol";

/** Where a Mercator map ends, degrees: what is nearer to a pole is shown at its edge. */
const MAX_LAT = 85;
const FOLLOW_ZOOM = 15.5;
const FIT_ZOOM = 16;
/** The fraction of the distance to the followed vehicle that remains after a second. */
const LAG_PER_SECOND = Math.exp(-8);
/** A smaller distance from the centre is not visible. */
const CENTRED_PIXELS = 0.5;

const RELEASES = ["mouseup", "touchend", "touchcancel", "blur"] as const;

export class Camera {
  readonly #map: MapLibre;
  /** The user has not moved the map since it last showed everything. */
  #free = true;
  #arriving = false;
  /** A button or finger is down on the map: setting the centre now would interrupt the gesture. */
  #held = false;
  #lastTime = 0;

  /** `onTakenOver` is called when the user drags the map. */
  constructor(map: MapLibre, onUserMove: () => void) {
    this.#map = map;
    map.on("dragstart", () => {
      this.#free = false;
      onUserMove();
    });
    map.on("mousedown", () => (this.#held = true));
    map.on("touchstart", () => (this.#held = true));
    for (const release of RELEASES) window.addEventListener(release, this.#release);
    map.on("zoomstart", (event) => {
      if (event.originalEvent !== undefined) this.#free = false;
    });
  }

  destroy(): void {
    for (const release of RELEASES) window.removeEventListener(release, this.#release);
  }

  readonly #release = () => {
    this.#held = false;
  };

  /** Shows these bounds; without `requested`, only if the user has not moved the map. */
  fit(bounds: Bounds | null, requested: boolean): void {
    if (bounds === null || !(requested || this.#free)) return;
    this.#free = true;
    const { width, height } = this.#map.getCanvas().getBoundingClientRect();
    const padding = Math.max(24, Math.min(72, Math.min(width, height) * 0.12));
    this.#map.fitBounds([bounds[0], onMap(bounds[1]), bounds[2], onMap(bounds[3])], {
      padding: { top: padding + 20, bottom: padding, left: padding, right: padding },
      maxZoom: FIT_ZOOM,
      duration: 700,
    });
  }

  /** Lets `fit` move the map again although the user moved it. */
  release(): void {
    this.#free = true;
  }

  /** Moves to a vehicle; from then on `follow` keeps it centred. */
  approach(position: LngLat): void {
    this.#free = false;
    this.#arriving = true;
    void this.#map.once("moveend", () => {
      this.#arriving = false;
    });
    this.#map.easeTo({
      center: [position[0], onMap(position[1])],
      zoom: Math.max(this.#map.getZoom(), FOLLOW_ZOOM),
      duration: 700,
    });
  }

  /** One frame of following, at a time in milliseconds; returns whether the camera is still moving. */
  follow([vehicleLng, vehicleLat]: LngLat, now: number, still: boolean): boolean {
    const position: LngLat = [vehicleLng, onMap(vehicleLat)];
    const seconds = Math.min(0.1, (now - this.#lastTime) / 1000);
    this.#lastTime = now;
    if (this.#arriving || this.#held || this.#map.isZooming()) return true;
    const { lng, lat } = this.#map.getCenter();
    const offCentre = distanceMeters([lng, lat], position) / metersPerPixel(this.#map.getZoom(), lat);
    if (offCentre < CENTRED_PIXELS) return false;
    const center = still ? position : mix([lng, lat], position, 1 - LAG_PER_SECOND ** seconds);
    this.#map.setCenter([center[0], center[1]]);
    return true;
  }
}

function onMap(lat: number): number {
  return Math.max(-MAX_LAT, Math.min(MAX_LAT, lat));
}
