// The built-in base map: layers for the generated ground, the graticule and the world's outline, updated with the view.

import type {
  ExpressionSpecification,
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibre,
} from "maplibre-gl";
import type { Bounds } from "../geo";
import { graticule } from "./graticule";
import { cellsOf, coverPath, drawGround } from "./ground";
import type { LngLat } from "../protocol";
import { GROUND, PALETTE, SEA } from "./palette";
import { fetchWorld } from "./world";

/** Below this zoom the world's outline is worth fetching. */
const WORLD_ZOOM = 9;
/** From this zoom on there is ground, and from the next on it has buildings. */
const GROUND_ZOOM = 12.5;
const BUILDING_ZOOM = 14;
const REDRAW = 150;

const EMPTY = { type: "FeatureCollection" as const, features: [] };
const NEAR = ["get", "near"] as const;

function isKind(kind: string): ["==", ["get", "kind"], string] {
  return ["==", ["get", "kind"], kind];
}

/** Pixels at zoom 12, 15 and 18, so that roads scale with the map. */
function widthOf(far: number, near: number, nearest: number): ExpressionSpecification {
  return ["interpolate", ["exponential", 2], ["zoom"], 12, far, 15, near, 18, nearest];
}

const LAYERS: LayerSpecification[] = [
  {
    // Sea when zoomed out, land when zoomed in: the coastline is too coarse for street level.
    id: "base-background",
    type: "background",
    paint: { "background-color": ["interpolate", ["linear"], ["zoom"], 6.5, SEA, 9, GROUND] },
  },
  {
    id: "base-land",
    type: "fill",
    source: "base-land",
    maxzoom: WORLD_ZOOM + 1,
    paint: { "fill-color": GROUND },
  },
  {
    id: "base-borders",
    type: "line",
    source: "base-borders",
    paint: { "line-color": PALETTE.border, "line-width": 1, "line-dasharray": [3, 2] },
  },
  {
    id: "base-coasts",
    type: "line",
    source: "base-coasts",
    maxzoom: WORLD_ZOOM + 1,
    paint: {
      "line-color": PALETTE.coast,
      "line-width": 0.8,
      "line-opacity": ["interpolate", ["linear"], ["zoom"], 8, 1, 10, 0],
    },
  },
  {
    id: "base-graticule",
    type: "line",
    source: "base-graticule",
    paint: { "line-color": PALETTE.graticule, "line-width": 1, "line-opacity": 0.3 },
  },
  {
    // Zoomed out, a town is a glow.
    id: "base-glow",
    type: "circle",
    source: "base-glow",
    maxzoom: GROUND_ZOOM + 1,
    paint: {
      "circle-color": PALETTE.avenue,
      "circle-blur": 1,
      "circle-radius": ["interpolate", ["exponential", 1.4], ["zoom"], 3, 12, 13, 220],
      "circle-opacity": ["interpolate", ["linear"], ["zoom"], 3, 0.7, GROUND_ZOOM, 0.5, GROUND_ZOOM + 1, 0],
    },
  },
  {
    id: "base-parks",
    type: "fill",
    source: "base-ground",
    minzoom: GROUND_ZOOM,
    filter: isKind("park"),
    paint: { "fill-color": PALETTE.park, "fill-opacity": [...NEAR] },
  },
  {
    id: "base-streets",
    type: "line",
    source: "base-ground",
    minzoom: GROUND_ZOOM,
    filter: isKind("street"),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": PALETTE.street,
      "line-opacity": [...NEAR],
      "line-width": widthOf(0.5, 3, 22),
    },
  },
  {
    id: "base-avenues",
    type: "line",
    source: "base-ground",
    minzoom: GROUND_ZOOM,
    filter: isKind("avenue"),
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": PALETTE.avenue,
      "line-opacity": [...NEAR],
      "line-width": widthOf(1, 5.5, 40),
    },
  },
  {
    id: "base-buildings",
    type: "fill",
    source: "base-ground",
    minzoom: BUILDING_ZOOM,
    filter: isKind("building"),
    paint: {
      "fill-color": PALETTE.building,
      "fill-opacity": ["interpolate", ["linear"], ["zoom"], BUILDING_ZOOM, 0, BUILDING_ZOOM + 0.6, [...NEAR]],
    },
  },
  {
    // Every route runs along an avenue, with the ground beside it cleared.
    id: "base-road-sides",
    type: "line",
    source: "base-roads",
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": GROUND, "line-width": widthOf(1.5, 12, 80) },
  },
  {
    id: "base-roads",
    type: "line",
    source: "base-roads",
    layout: { "line-cap": "round", "line-join": "round" },
    paint: { "line-color": PALETTE.avenue, "line-width": widthOf(1, 8, 58) },
  },
];

export class BuiltInBase {
  readonly #map: MapLibre;
  #covers: Bounds[] = [];
  #drawn = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #world: "absent" | "asked" | "drawn" = "absent";

  /** Adds its layers below the layer `before`. */
  constructor(map: MapLibre, before: string) {
    this.#map = map;
    for (const id of ["land", "coasts", "borders", "graticule", "ground", "roads", "glow"]) {
      map.addSource(`base-${id}`, { type: "geojson", data: EMPTY });
    }
    for (const layer of LAYERS) map.addLayer(layer, before);
    // Following a vehicle fires `moveend` at every frame.
    map.on("moveend", () => {
      this.#timer ??= setTimeout(this.#draw, REDRAW);
    });
    this.#draw();
  }

  /** The roads that the ground surrounds; without roads, the places where some are expected. */
  setPaths(roads: readonly (readonly LngLat[])[], places: readonly (readonly LngLat[])[]): void {
    this.#covers = (roads.length > 0 ? roads : places).flatMap(coverPath);
    const coordinates = roads.map((road) => road.map(([lng, lat]) => [lng, lat]));
    this.#source("roads")?.setData({ type: "MultiLineString", coordinates });
    this.#source("glow")?.setData({ type: "MultiPoint", coordinates: towns(this.#covers) });
    this.#draw();
  }

  readonly #draw = () => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#map.getContainer().isConnected) this.#drawView();
  };

  #drawView() {
    const map = this.#map;
    const zoom = map.getZoom();
    const view = viewOf(map);
    this.#source("graticule")?.setData(graticule(view));
    if (zoom < WORLD_ZOOM && this.#world === "absent") void this.#drawWorld();
    if (zoom < GROUND_ZOOM) return;

    const covers = this.#covers.filter((cover) => isWithinReach(cover, view));
    const cells = cellsOf(view, covers);
    const buildings = zoom >= BUILDING_ZOOM;
    const drawn = JSON.stringify([cells, covers, buildings]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#source("ground")?.setData(drawGround(cells, covers, buildings));
  }

  async #drawWorld(): Promise<void> {
    this.#world = "asked";
    try {
      const { land, coasts, borders } = await fetchWorld();
      this.#source("land")?.setData(land);
      this.#source("coasts")?.setData(coasts);
      this.#source("borders")?.setData(borders);
      this.#world = "drawn";
    } catch {
      // The next wide view tries again.
      this.#world = "absent";
    }
  }

  #source(name: string): GeoJSONSource | undefined {
    return this.#map.getSource(`base-${name}`);
  }
}

/** Merges places within about 5 km into one. */
function towns(covers: readonly Bounds[]): [number, number][] {
  const cell = 0.05;
  const places = new Map<string, [number, number]>();
  for (const [west, south, east, north] of covers) {
    const [lng, lat] = [(west + east) / 2, (south + north) / 2];
    const key = `${Math.round(lng / cell)}/${Math.round(lat / cell)}`;
    if (!places.has(key)) places.set(key, [lng, lat]);
  }
  return [...places.values()];
}

/** The view plus a third of it on each side, so that a short drag shows no gap. */
function viewOf(map: MapLibre): Bounds {
  const bounds = map.getBounds();
  const [west, south, east, north] = [
    bounds.getWest(),
    bounds.getSouth(),
    bounds.getEast(),
    bounds.getNorth(),
  ];
  const [x, y] = [(east - west) / 3, (north - south) / 3];
  return [west - x, south - y, east + x, north + y];
}

/** About 3 km in degrees, which is more than the extent of the ground. */
function isWithinReach(cover: Bounds, view: Bounds): boolean {
  const reach = 0.03;
  return (
    cover[0] < view[2] + reach &&
    cover[2] > view[0] - reach &&
    cover[1] < view[3] + reach &&
    cover[3] > view[1] - reach
  );
}
