// The built-in base map: layers for the generated ground, the graticule, the world's outline and its names, updated with the view.

import type {
  ExpressionSpecification,
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibre,
  SymbolLayerSpecification,
} from "maplibre-gl";
import { nearLng, type Bounds } from "../geo";
import type { Language } from "../i18n";
import { graticule } from "./graticule";
import { cellsOf, coverPath, drawGround } from "./ground";
import type { LngLat } from "../protocol";
import { TOWN_DOT } from "./icons";
import { GROUND, PALETTE, SEA } from "./palette";
import { placesOf, type Country } from "./places";
import { fetchWorld } from "./world";

/** Below this zoom the world's outline is worth fetching, and the names of its countries and towns. */
const WORLD_ZOOM = 9;
/** The names of countries end where their borders are no longer in view; those of towns begin with the largest. */
const COUNTRY_ZOOMS = [1.8, 7] as const;
const CITY_ZOOM = 3.3;
const TOWN_ZOOM = 5;
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

/** Below the town's dot, which is where the town is. */
const TOWN_LAYOUT = {
  "icon-image": ["get", "icon"],
  "icon-anchor": "top",
  "icon-offset": [0, -TOWN_DOT],
} satisfies SymbolLayerSpecification["layout"];

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
  {
    id: "base-countries",
    type: "symbol",
    source: "base-places",
    minzoom: COUNTRY_ZOOMS[0],
    maxzoom: COUNTRY_ZOOMS[1],
    filter: isKind("country"),
    layout: { "icon-image": ["get", "icon"], "symbol-sort-key": ["get", "order"], "icon-padding": 6 },
  },
  {
    id: "base-towns",
    type: "symbol",
    source: "base-places",
    minzoom: TOWN_ZOOM,
    maxzoom: GROUND_ZOOM,
    filter: isKind("town"),
    layout: TOWN_LAYOUT,
  },
  {
    id: "base-cities",
    type: "symbol",
    source: "base-places",
    minzoom: CITY_ZOOM,
    maxzoom: GROUND_ZOOM,
    filter: isKind("city"),
    layout: TOWN_LAYOUT,
  },
];

export class BuiltInBase {
  readonly #map: MapLibre;
  #covers: Bounds[] = [];
  #drawn = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #world: "absent" | "asked" | "drawn" = "absent";
  #countries: readonly Country[] = [];
  #language: Language;

  /** Adds its layers below the layer `before`. */
  constructor(map: MapLibre, before: string, language: Language) {
    this.#map = map;
    this.#language = language;
    for (const id of ["land", "coasts", "borders", "graticule", "ground", "roads", "glow", "places"]) {
      map.addSource(`base-${id}`, { type: "geojson", data: EMPTY });
    }
    for (const layer of LAYERS) map.addLayer(layer, before);
    // Following a vehicle fires `moveend` at every frame.
    map.on("moveend", () => {
      this.#timer ??= setTimeout(this.#draw, REDRAW);
    });
    // Those of towns; those of countries come with the world's outline.
    this.#drawPlaces();
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

  /** The language of the names. */
  setLanguage(language: Language): void {
    if (language === this.#language) return;
    this.#language = language;
    this.#drawPlaces();
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

    // In the turn of the roads, which may be another than the map's: the ground does not change when the map crosses 180°.
    const turned = this.#covers.map((cover) => turnedTo(view, cover));
    const index = this.#covers.findIndex((cover, at) => isWithinReach(cover, turned[at] ?? view));
    const shown = turned[index] ?? view;
    const covers = this.#covers.filter((cover) => isWithinReach(cover, shown));
    const cells = cellsOf(shown, covers);
    const buildings = zoom >= BUILDING_ZOOM;
    const drawn = JSON.stringify([cells, covers, buildings]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#source("ground")?.setData(drawGround(cells, covers, buildings));
  }

  async #drawWorld(): Promise<void> {
    this.#world = "asked";
    try {
      const { land, coasts, borders, countries } = await fetchWorld();
      this.#source("land")?.setData(land);
      this.#source("coasts")?.setData(coasts);
      this.#source("borders")?.setData(borders);
      this.#countries = countries;
      this.#world = "drawn";
      this.#drawPlaces();
    } catch {
      // The next wide view tries again.
      this.#world = "absent";
    }
  }

  #drawPlaces() {
    const places = placesOf(this.#countries, this.#language);
    this.#source("places")?.setData(places);
    // For tests, which cannot see what is drawn.
    this.#map.getContainer().dataset.names = `${this.#language} ${places.features.length}`;
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

/** The view in the turn of the longitudes that is nearest to a place. */
function turnedTo(view: Bounds, place: Bounds): Bounds {
  const middle = (view[0] + view[2]) / 2;
  const shift = nearLng(middle, (place[0] + place[2]) / 2) - middle;
  return shift === 0 ? view : [view[0] + shift, view[1], view[2] + shift, view[3]];
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
