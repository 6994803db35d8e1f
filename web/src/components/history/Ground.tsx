import { useEffect } from "react";
import { ask, HistoryError } from "../../history/ask";
import type { RouteCount } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import { readRoute, type LngLat } from "../../protocol";
import type { Session } from "../../session";
import { useLoaded } from "../use-answer";
import { usePart } from "../use-session";

/** Lines of so many routes are drawn as roads; the positions of others are seen all the same. */
const MOST_ROADS = 20;

interface Props {
  map: HistoryMap;
  session: Session;
  routes: readonly RouteCount[];
}

/** The routes under everything else: roads of a drawn ground, and what the map shows at first. */
export function Ground({ map, session, routes }: Props) {
  const known = usePart(session, (state) => state.routes);
  const ids = routes.slice(0, MOST_ROADS).map(({ routeId }) => routeId);
  const { value: roads } = useLoaded(ids.length === 0 ? null : ids.join("\n"), fetchRoads);

  useEffect(() => {
    map.setGround(roads ?? [], known.status === "ready" ? known.list : []);
  }, [map, roads, known]);
  return null;
}

/** Those of routes that still exist. */
async function fetchRoads(ids: string, signal: AbortSignal): Promise<readonly (readonly LngLat[])[]> {
  const roads = await Promise.all(
    ids.split("\n").map(async (id) => {
      try {
        return [(await ask(`routes/${encodeURIComponent(id)}`, readRoute, signal)).path];
      } catch (error) {
        if (error instanceof HistoryError) return [];
        throw error;
      }
    }),
  );
  return roads.flat();
}
