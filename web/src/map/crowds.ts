// Counts at the vehicles that are drawn on top of each other, and the fan of one such crowd. What belongs together is decided in
// `overlaps.ts`.

import type { Feature, LineString, Point } from "geojson";
import type { LngLatLike } from "maplibre-gl";
import type { LngLat } from "../protocol";
import { collection } from "./features";
import { countIcon } from "./icons";
import { COUNTS_LAYER, COUNTS_SOURCE, FAN_SOURCE } from "./layers";
import { crowdsOf, fanOut, type Crowd } from "./overlaps";
import type { Stage } from "./stage";

/** Vehicles this near to each other hide each other, pixels. */
const RADIUS = 16;
/** How often crowds are looked for, milliseconds: there may be thousands of vehicles. */
const INTERVAL = 250;
/** A larger crowd is not fanned out, but approached by this many zoom levels. */
const MAX_FAN = 40;
const APPROACH = 2;

export class Crowds {
  readonly #stage: Stage;
  readonly #onChange: () => void;
  #crowds: readonly Crowd[] = [];
  /** Where the vehicles of the fan are drawn, relative to where they are, pixels. */
  #fan: ReadonlyMap<string, readonly [x: number, y: number]> = new Map();
  #lookedAt = -Infinity;
  #again: ReturnType<typeof setTimeout> | undefined;

  /** `onChange`: vehicles are to be drawn elsewhere. */
  constructor(stage: Stage, onChange: () => void) {
    this.#stage = stage;
    this.#onChange = onChange;
    const { map } = stage;
    map.on("click", (event) => {
      // Before the style is loaded there is no layer to look at.
      const hit = stage.ready
        ? map.queryRenderedFeatures(event.point, { layers: [COUNTS_LAYER] })[0]
        : undefined;
      const place: unknown = hit?.properties.place;
      const crowd = typeof place === "number" ? this.#crowds[place] : undefined;
      if (crowd === undefined) this.close();
      else this.#open(crowd, event.lngLat);
    });
    map.on("zoomstart", () => {
      this.close();
    });
    map.on("mouseenter", COUNTS_LAYER, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", COUNTS_LAYER, () => (map.getCanvas().style.cursor = ""));
  }

  /** Where a vehicle is drawn that is at a position. */
  readonly place = (id: string, position: LngLat): LngLat => {
    const offset = this.#fan.get(id);
    if (offset === undefined) return position;
    const { map } = this.#stage;
    const { x, y } = map.project([position[0], position[1]]);
    const { lng, lat } = map.unproject([x + offset[0], y + offset[1]]);
    return [lng, lat];
  };

  /** Draws the counts and the fan. `positions`: of the vehicles that have not ended; called only when needed. */
  draw(positions: () => ReadonlyMap<string, LngLat>, now: number): void {
    const looks = now - this.#lookedAt >= INTERVAL;
    // Vehicles at rest are not drawn again by themselves.
    if (!looks) this.#again ??= setTimeout(this.#lookAgain, INTERVAL);
    if (!looks && this.#fan.size === 0) return;
    const vehicles = positions();
    this.#drawFan(vehicles);
    if (!looks) return;
    this.#lookedAt = now;
    const { map } = this.#stage;
    const placed = [...vehicles].flatMap(([id, [lng, lat]]) => {
      if (this.#fan.has(id)) return [];
      const { x, y } = map.project([lng, lat]);
      return [{ id, x, y }];
    });
    this.#crowds = crowdsOf(placed, RADIUS);
    const counts = this.#crowds.flatMap(({ ids }, place): Feature<Point>[] => {
      const position = vehicles.get(ids[0] ?? "");
      if (position === undefined) return [];
      const properties = { place, icon: countIcon(ids.length) };
      return [{ type: "Feature", geometry: { type: "Point", coordinates: [...position] }, properties }];
    });
    this.#stage.source(COUNTS_SOURCE)?.setData(collection(counts));
    // For tests, which cannot see what is drawn.
    const { dataset } = map.getContainer();
    dataset.crowds = this.#crowds
      .map(({ ids, x, y }) => `${ids.length}@${Math.round(x)},${Math.round(y)}`)
      .join(" ");
    dataset.fanned = String(this.#fan.size);
  }

  close(): void {
    if (this.#fan.size === 0) return;
    this.#fan = new Map();
    this.#changed();
  }

  destroy(): void {
    clearTimeout(this.#again);
  }

  readonly #lookAgain = () => {
    this.#again = undefined;
    this.#onChange();
  };

  #open({ ids }: Crowd, center: LngLatLike) {
    const { map } = this.#stage;
    if (ids.length > MAX_FAN) {
      map.easeTo({ center, zoom: map.getZoom() + APPROACH, duration: 500 });
      return;
    }
    const places = fanOut(ids.length);
    this.#fan = new Map(ids.map((id, index) => [id, places[index] ?? [0, 0]]));
    this.#changed();
  }

  #changed() {
    this.#lookedAt = -Infinity;
    this.#onChange();
  }

  /** A thread from each vehicle of the fan to where it really is. */
  #drawFan(vehicles: ReadonlyMap<string, LngLat>) {
    const threads = [...this.#fan.keys()].flatMap((id): Feature<LineString>[] => {
      const position = vehicles.get(id);
      if (position === undefined) return [];
      const coordinates = [[...position], [...this.place(id, position)]];
      return [{ type: "Feature", geometry: { type: "LineString", coordinates }, properties: {} }];
    });
    this.#stage.source(FAN_SOURCE)?.setData(collection(threads));
  }
}
