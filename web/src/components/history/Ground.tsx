import { useEffect } from "react";
import { requestJson, HistoryError } from "../../history/client";
import type { RouteCount } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import { readRoute, type LngLat } from "../../protocol";
import type { Session } from "../../session";
import { useLoaded } from "../use-fetched";
import { usePart } from "../use-session";

/** The lines of at most this many routes are drawn as roads; the positions of others are still visible. */
const MAX_ROADS = 20;

interface Props {
  map: HistoryMap;
  session: Session;
  routes: readonly RouteCount[];
}

/** The routes: roads of the built-in base map, and the map's initial view. */
export function Ground({ map, session, routes }: Props) {
  const known = usePart(session, (state) => state.routes);
  const ids = routes.slice(0, MAX_ROADS).map(({ routeId }) => routeId);
  const { value: roads } = useLoaded(ids.length === 0 ? null : ids.join("\n"), fetchRoads);

  useEffect(() => {
    map.setGround(roads ?? [], known.status === "ready" ? known.list : []);
  }, [map, roads, known]);
  return null;
}

/** The lines of the routes that still exist. */
async function fetchRoads(ids: string, signal: AbortSignal): Promise<readonly (readonly LngLat[])[]> {
  const roads = await Promise.all(
    ids.split("\n").map(async (id) => {
      try {
        return [(await requestJson(`routes/${encodeURIComponent(id)}`, readRoute, signal)).path];
      } catch (error) {
        if (error instanceof HistoryError) return [];
        throw error;
      }
    }),
  );
  return roads.flat();
}
