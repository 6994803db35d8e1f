// The entry point of the history map's chunk, as `start.ts` is that of the live map.

import { HistoryMap, type HistoryMapOptions } from "./history-map";

export function startHistoryMap(options: HistoryMapOptions): HistoryMap {
  return new HistoryMap(options);
}
