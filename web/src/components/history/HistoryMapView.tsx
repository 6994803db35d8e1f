import { useCallback, useState } from "react";
import type { Bounds } from "../../geo";
import type { HistoryParams } from "../../history/address";
import { DEFAULT_RADIUS } from "../../history/address";
import type { Query } from "../../history/query";
import type { RouteCount } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import type { Session } from "../../session";
import { useHistoryWords, useLanguage } from "../language";
import { MapButtons } from "../MapButtons";
import mapStyles from "../MapView.module.css";
import { updateHistory } from "../use-address";
import { useMap, type StartMap } from "../use-map";
import { SearchAreaMarker } from "./SearchAreaMarker";
import { Ground } from "./Ground";
import { Layers } from "./Layers";
import { Replay } from "./Replay";

interface Props {
  session: Session;
  params: HistoryParams;
  query: Query;
  revision: number;
  /** Null: there is no history. */
  routes: readonly RouteCount[] | null;
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
}

/** The history map. A click searches for deliveries that passed there. */
export function HistoryMapView({ session, params, query, revision, routes, colours, hidden }: Props) {
  const { words: common } = useLanguage();
  const words = useHistoryWords().map;
  const [view, setView] = useState<Bounds | null>(null);
  const load = useCallback(async (): Promise<StartMap<HistoryMap>> => {
    const { startHistoryMap } = await import("../../map/start-history");
    return (container, onBase) => {
      const map = startHistoryMap({
        container,
        onBase,
        onView: setView,
        onPoint: (point) => {
          updateHistory({ tab: "near", searchArea: { point, radius: DEFAULT_RADIUS } });
        },
      });
      return {
        map,
        stop: () => {
          map.destroy();
        },
      };
    };
  }, []);
  const { container, map, base, failure } = useMap(load, words.label);

  return (
    <main className={mapStyles.view} data-base={base}>
      <div ref={container} className={mapStyles.map} />
      {failure !== null && (
        <p className={mapStyles.failed} data-failure={failure}>
          {common.map[failure]}
        </p>
      )}
      {map !== null && (
        <>
          <MapButtons
            zoomBy={(levels) => {
              map.zoomBy(levels);
            }}
            fit={() => {
              map.fit();
            }}
            fitLabel={words.fit}
          />
          <Ground map={map} session={session} routes={routes ?? []} />
          <SearchAreaMarker map={map} area={params.searchArea} />
          {routes !== null && params.replay === null && view !== null && (
            <Layers
              map={map}
              query={query}
              revision={revision}
              view={view}
              routes={routes}
              colours={colours}
              hidden={hidden}
            />
          )}
          {params.replay !== null && (
            <Replay
              key={`${params.replay} ${params.from ?? ""}`}
              map={map}
              deliveryId={params.replay}
              from={params.from}
              colours={colours}
            />
          )}
        </>
      )}
      {base === "built-in" && params.replay === null && (
        <p className={mapStyles.note}>{common.map.illustrative}</p>
      )}
    </main>
  );
}
