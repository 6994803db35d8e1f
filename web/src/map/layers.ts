// The layers of the live map: one source each for lines, ends (start and pin) and vehicles, however many there are.

import type { LayerSpecification, SourceSpecification, SymbolLayerSpecification } from "maplibre-gl";
import { GROUND } from "./palette";

/** The lowest of the page's own layers: base maps go below it, and it hides them until they are ready. */
export const VEIL = "veil";
export const VEHICLES_LAYER = "vehicles";
/** How many vehicles are on top of each other. */
export const COUNTS_LAYER = "vehicle-counts";

export const LINES_SOURCE = "delivery-lines";
export const ENDS_SOURCE = "delivery-ends";
export const VEHICLES_SOURCE = "delivery-vehicles";
export const COUNTS_SOURCE = "vehicle-counts";
export const FAN_SOURCE = "vehicle-fan";

const EMPTY = { type: "FeatureCollection" as const, features: [] };

export const SOURCES: Record<string, SourceSpecification> = {
  [LINES_SOURCE]: { type: "geojson", data: EMPTY, tolerance: 0.2 },
  [ENDS_SOURCE]: { type: "geojson", data: EMPTY },
  [VEHICLES_SOURCE]: { type: "geojson", data: EMPTY, maxzoom: 16 },
  [COUNTS_SOURCE]: { type: "geojson", data: EMPTY, maxzoom: 16 },
  [FAN_SOURCE]: { type: "geojson", data: EMPTY, tolerance: 0 },
};

export const VEIL_LAYER: LayerSpecification = {
  id: VEIL,
  type: "background",
  paint: {
    "background-color": GROUND,
    "background-opacity": 1,
    "background-opacity-transition": { duration: 800, delay: 0 },
  },
};

const LINE_LAYERS: LayerSpecification[] = [
  {
    // A dark edge, so that the line is visible on any background.
    id: "line-casings",
    type: "line",
    source: LINES_SOURCE,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": "#0b0d10",
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 4.5, 15, 9],
      "line-offset": ["get", "offset"],
      "line-opacity": ["case", ["get", "dimmed"], 0.1, 0.5],
    },
  },
  {
    id: "lines",
    type: "line",
    source: LINES_SOURCE,
    layout: { "line-cap": "round", "line-join": "round" },
    paint: {
      "line-color": ["get", "colour"],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 15, 5],
      "line-offset": ["get", "offset"],
      "line-opacity": ["case", ["get", "dimmed"], 0.15, ["get", "ended"], 0.25, 0.6],
    },
  },
];

const LABEL = {
  "icon-image": ["get", "label"],
  "icon-anchor": "bottom",
  // Clear of the vehicle, whichever way it points.
  "icon-offset": ["interpolate", ["linear"], ["zoom"], 12, ["literal", [0, -19]], 16, ["literal", [0, -25]]],
} satisfies SymbolLayerSpecification["layout"];

/** Who drives: near enough to tell vehicles apart, and where there is room; the followed vehicle always. */
const VEHICLE_LABEL_LAYERS: LayerSpecification[] = [
  {
    id: "followed-label",
    type: "symbol",
    source: VEHICLES_SOURCE,
    filter: ["get", "followed"],
    layout: { ...LABEL, "icon-allow-overlap": true },
  },
  {
    id: "vehicle-labels",
    type: "symbol",
    source: VEHICLES_SOURCE,
    minzoom: 14.5,
    filter: ["all", ["!", ["get", "followed"]], ["!", ["get", "ended"]], ["!", ["get", "dimmed"]]],
    layout: LABEL,
  },
];

const FAN_LAYER: LayerSpecification = {
  id: "fan",
  type: "line",
  source: FAN_SOURCE,
  paint: { "line-color": "#ecedee", "line-width": 1, "line-opacity": 0.6 },
};

/** At the vehicles' upper right, clear of their labels. */
const COUNT_LAYER: LayerSpecification = {
  id: COUNTS_LAYER,
  type: "symbol",
  source: COUNTS_SOURCE,
  layout: {
    "icon-image": ["get", "icon"],
    "icon-offset": [16, -14],
    "icon-allow-overlap": true,
    "icon-ignore-placement": true,
  },
};

/** Starts, pins and vehicles: above all lines. */
export const PLACE_LAYERS: LayerSpecification[] = [
  {
    id: "starts",
    type: "circle",
    source: ENDS_SOURCE,
    filter: ["==", ["get", "kind"], "start"],
    paint: {
      "circle-radius": 4.5,
      "circle-color": "#14171b",
      "circle-stroke-color": ["get", "colour"],
      "circle-stroke-width": 2.5,
    },
  },
  {
    id: "followed",
    type: "circle",
    source: VEHICLES_SOURCE,
    filter: ["get", "followed"],
    paint: {
      "circle-radius": 27,
      "circle-color": ["get", "colour"],
      "circle-opacity": 0.16,
      "circle-stroke-color": ["get", "colour"],
      "circle-stroke-opacity": 0.7,
      "circle-stroke-width": 1.5,
    },
  },
  {
    id: "pins",
    type: "symbol",
    source: ENDS_SOURCE,
    filter: ["==", ["get", "kind"], "end"],
    layout: {
      "icon-image": ["get", "icon"],
      "icon-anchor": "bottom",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.55, 14, 0.9],
    },
    paint: { "icon-opacity": ["case", ["get", "ended"], 0.4, 1] },
  },
  {
    id: "titles",
    type: "symbol",
    source: ENDS_SOURCE,
    filter: ["==", ["get", "kind"], "start"],
    minzoom: 11,
    layout: {
      "icon-image": ["get", "icon"],
      "icon-anchor": "bottom",
      // Clear of a vehicle at the start, whichever way it points.
      "icon-offset": [
        "interpolate",
        ["linear"],
        ["zoom"],
        12,
        ["literal", [0, -19]],
        16,
        ["literal", [0, -25]],
      ],
    },
  },
  {
    id: VEHICLES_LAYER,
    type: "symbol",
    source: VEHICLES_SOURCE,
    layout: {
      "icon-image": ["get", "icon"],
      "icon-rotate": ["get", "heading"],
      "icon-rotation-alignment": "map",
      "icon-pitch-alignment": "map",
      "icon-allow-overlap": true,
      "icon-ignore-placement": true,
      "icon-size": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 0.75, 16, 1],
    },
    paint: { "icon-opacity": ["case", ["get", "dimmed"], 0.3, ["get", "ended"], 0.45, 1] },
  },
  ...VEHICLE_LABEL_LAYERS,
];

export const LAYERS: LayerSpecification[] = [
  VEIL_LAYER,
  ...LINE_LAYERS,
  FAN_LAYER,
  ...PLACE_LAYERS,
  COUNT_LAYER,
];
