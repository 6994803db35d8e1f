import { useEffect } from "react";
import type { Around as Place } from "../../history/address";
import type { HistoryMap } from "../../map/history-map";

/** The place that is asked about, on the map. */
export function Around({ map, around }: { map: HistoryMap; around: Place | null }) {
  useEffect(() => {
    map.setAround(around);
  }, [map, around]);
  return null;
}
