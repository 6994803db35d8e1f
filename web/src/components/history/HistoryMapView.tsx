import { useCallback, useState } from "react";
import type { Bounds } from "../../geo";
import type { Past } from "../../history/address";
import { USUAL_RADIUS } from "../../history/address";
import type { Query } from "../../history/query";
import type { RouteCount } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import type { Session } from "../../session";
import { useHistoryWords, useLanguage } from "../language";
import { MapButtons } from "../MapButtons";
import mapStyles from "../MapView.module.css";
import { lookBack } from "../use-address";
import { useMap, type StartMap } from "../use-map";
import { Around } from "./Around";
import { Ground } from "./Ground";
import { Layers } from "./Layers";
import { Replay } from "./Replay";

interface Props {
  session: Session;
  past: Past;
  query: Query;
  turn: number;
  /** Null: there is no history. */
  routes: readonly RouteCount[] | null;
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
}

/** The map that looks back. A click asks what passed there. */
export function HistoryMapView({ session, past, query, turn, routes, colours, hidden }: Props) {
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
          lookBack({ tab: "near", around: { point, radius: USUAL_RADIUS } });
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
  const { container, map, base, failed } = useMap(load, words.label);

  return (
    <main className={mapStyles.view} data-base={base}>
      <div ref={container} className={mapStyles.map} />
      {failed && <p className={mapStyles.failed}>{common.map.failed}</p>}
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
          <Around map={map} around={past.around} />
          {routes !== null && past.replay === null && view !== null && (
            <Layers
              map={map}
              query={query}
              turn={turn}
              view={view}
              routes={routes}
              colours={colours}
              hidden={hidden}
            />
          )}
          {past.replay !== null && (
            <Replay
              key={`${past.replay} ${past.from ?? ""}`}
              map={map}
              deliveryId={past.replay}
              from={past.from}
              colours={colours}
            />
          )}
        </>
      )}
      {base === "built-in" && past.replay === null && (
        <p className={mapStyles.note}>{common.map.illustrative}</p>
      )}
    </main>
  );
}
