// The layers of the history map: heat, the positions of each route, the search area, and a replayed delivery. Start, pin
// and vehicle look as on the live map.

import type { LayerSpecification, SourceSpecification } from "maplibre-gl";
import { ENDS_SOURCE, PLACE_LAYERS, SOURCES, VEHICLES_SOURCE, VEIL_LAYER } from "./layers";

export const HEAT_LAYER = "heat";
export const HEAT_SOURCE = "history-heat";
export const ROUTES_SOURCE = "history-routes";
export const SEARCH_AREA_SOURCE = "history-search-area";
/** The full path of the replayed delivery; the part behind the vehicle; and the latest piece of that. */
export const PATH_SOURCE = "history-path";
export const DRIVEN_SOURCE = "history-driven";
export const TAIL_SOURCE = "history-tail";

const EMPTY = { type: "FeatureCollection" as const, features: [] };
const YELLOW = "#ffcd00";
const ROUND = { "line-cap": "round", "line-join": "round" } as const;

export const HISTORY_SOURCES: Record<string, SourceSpecification> = {
  [HEAT_SOURCE]: { type: "geojson", data: EMPTY },
  [ROUTES_SOURCE]: { type: "geojson", data: EMPTY },
  [SEARCH_AREA_SOURCE]: { type: "geojson", data: EMPTY },
  [PATH_SOURCE]: { type: "geojson", data: EMPTY, tolerance: 0.2 },
  [DRIVEN_SOURCE]: { type: "geojson", data: EMPTY, tolerance: 0.2 },
  [TAIL_SOURCE]: { type: "geojson", data: EMPTY, tolerance: 0 },
  ...Object.fromEntries(
    [ENDS_SOURCE, VEHICLES_SOURCE].flatMap((id) => {
      const source = SOURCES[id];
      return source === undefined ? [] : [[id, source]];
    }),
  ),
};

function driven(id: string, source: string): LayerSpecification {
  return {
    id,
    type: "line",
    source,
    layout: ROUND,
    paint: {
      "line-color": ["get", "colour"],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 15, 5],
    },
  };
}

export const HISTORY_LAYERS: LayerSpecification[] = [
  VEIL_LAYER,
  {
    id: HEAT_LAYER,
    type: "heatmap",
    source: HEAT_SOURCE,
    paint: {
      "heatmap-weight": ["get", "weight"],
      "heatmap-intensity": 1.1,
      "heatmap-opacity": 0.9,
      "heatmap-color": [
        "interpolate",
        ["linear"],
        ["heatmap-density"],
        0,
        "rgb(190 60 10 / 0%)",
        0.2,
        "rgb(190 60 10 / 35%)",
        0.45,
        "#d96a00",
        0.8,
        YELLOW,
        1,
        "#fff8d6",
      ],
    },
  },
  {
    id: "route-positions",
    type: "circle",
    source: ROUTES_SOURCE,
    paint: {
      "circle-color": ["get", "colour"],
      "circle-opacity": ["interpolate", ["linear"], ["get", "weight"], 0, 0.35, 1, 0.9],
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 15, 5, 18, 8],
      "circle-stroke-color": "#0b0d10",
      "circle-stroke-width": 0.6,
    },
  },
  {
    id: "search-area",
    type: "fill",
    source: SEARCH_AREA_SOURCE,
    paint: { "fill-color": "#ffffff", "fill-opacity": 0.1 },
  },
  {
    id: "search-area-edge",
    type: "line",
    source: SEARCH_AREA_SOURCE,
    filter: ["==", ["geometry-type"], "Polygon"],
    paint: { "line-color": "#ffffff", "line-width": 1.5, "line-dasharray": [2, 1.5], "line-opacity": 0.9 },
  },
  {
    id: "search-area-center",
    type: "circle",
    source: SEARCH_AREA_SOURCE,
    filter: ["==", ["geometry-type"], "Point"],
    paint: {
      "circle-radius": 4.5,
      "circle-color": "#ffffff",
      "circle-stroke-color": "#0b0d10",
      "circle-stroke-width": 2,
    },
  },
  {
    id: "path-casing",
    type: "line",
    source: PATH_SOURCE,
    layout: ROUND,
    paint: {
      "line-color": "#0b0d10",
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 4.5, 15, 9],
      "line-opacity": 0.6,
    },
  },
  {
    id: "path",
    type: "line",
    source: PATH_SOURCE,
    layout: ROUND,
    paint: {
      "line-color": ["get", "colour"],
      "line-width": ["interpolate", ["linear"], ["zoom"], 8, 2, 15, 4],
      "line-opacity": 0.3,
    },
  },
  driven("driven", DRIVEN_SOURCE),
  driven("tail", TAIL_SOURCE),
  ...PLACE_LAYERS,
];
