// The history's map as a chunk of its own, as `start.ts` is the live one's.

import "maplibre-gl/dist/maplibre-gl.css";
import { HistoryMap, type HistoryMapOptions } from "./history-map";

export function startHistoryMap(options: HistoryMapOptions): HistoryMap {
  return new HistoryMap(options);
}
