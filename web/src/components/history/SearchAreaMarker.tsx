import { useEffect } from "react";
import type { SearchArea } from "../../history/address";
import type { HistoryMap } from "../../map/history-map";

/** Marks the search area on the map. */
export function SearchAreaMarker({ map, area }: { map: HistoryMap; area: SearchArea | null }) {
  useEffect(() => {
    map.setSearchArea(area);
  }, [map, area]);
  return null;
}
