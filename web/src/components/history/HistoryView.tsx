import { useMemo, useState } from "react";
import { colourOf } from "../../colours";
import type { Past } from "../../history/address";
import { summaryPath, type Query } from "../../history/query";
import { resolveRange } from "../../history/range";
import { readSummary, type RouteCount } from "../../history/shapes";
import type { RouteSummary } from "../../protocol";
import type { Session } from "../../session";
import { Sheet } from "../Sheet";
import { useAnswer } from "../use-answer";
import { usePart } from "../use-session";
import { Filter } from "./Filter";
import { HistoryMapView } from "./HistoryMapView";
import styles from "./HistoryView.module.css";
import { NearPanel } from "./NearPanel";
import { PastList } from "./PastList";
import { SummaryPanel } from "./SummaryPanel";
import { Tabs } from "./Tabs";
import { Trouble } from "./Trouble";

const NONE: readonly RouteSummary[] = [];

/** Looks back: numbers, past deliveries, who passed at a place, and a delivery played again. */
export function HistoryView({ session, past }: { session: Session; past: Past }) {
  // A range such as "the last 24 hours" ends when it was chosen, and moves on when the person says so.
  const [asked, setAsked] = useState(() => ({ now: Date.now(), turn: 0 }));
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const known = usePart(session, ({ routes }) => (routes.status === "ready" ? routes.list : NONE));
  const query = useMemo<Query>(
    () => ({ ...resolveRange(past.range, asked.now), route: past.route, courier: past.courier }),
    [past.range, past.route, past.courier, asked.now],
  );
  const summary = useAnswer(summaryPath(query), readSummary, asked.turn);
  const colours = useMemo(() => routeColours(summary.value?.routes ?? []), [summary.value]);
  const lengths = useMemo(() => new Map(known.map(({ id, lengthMeters }) => [id, lengthMeters])), [known]);
  const refresh = () => {
    setAsked(({ turn }) => ({ now: Date.now(), turn: turn + 1 }));
  };
  // Without an index there is nothing to choose from.
  const off = summary.problem?.kind === "off";

  return (
    <>
      <Sheet>
        {off ? (
          <Trouble problem={{ kind: "off" }} onAgain={refresh} />
        ) : (
          <>
            <Filter
              past={past}
              query={query}
              known={known}
              couriers={summary.value?.couriers ?? []}
              onRefresh={refresh}
            />
            <Tabs chosen={past.tab} />
            <div
              role="tabpanel"
              id="history-panel"
              aria-labelledby={`history-tab-${past.tab}`}
              className={styles.panel}
              data-status={summary.status}
            >
              {past.tab === "summary" && (
                <SummaryPanel
                  summary={summary}
                  query={query}
                  turn={asked.turn}
                  lengths={lengths}
                  colours={colours}
                  hidden={hidden}
                  onHidden={setHidden}
                  onAgain={refresh}
                />
              )}
              {past.tab === "deliveries" && (
                <PastList query={query} past={past} turn={asked.turn} onAgain={refresh} />
              )}
              {past.tab === "near" && (
                <NearPanel query={query} past={past} turn={asked.turn} onAgain={refresh} />
              )}
            </div>
          </>
        )}
      </Sheet>
      <HistoryMapView
        session={session}
        past={past}
        query={query}
        turn={asked.turn}
        routes={off ? null : (summary.value?.routes ?? [])}
        colours={colours}
        hidden={hidden}
      />
    </>
  );
}

/** By the routes' names, so that a colour stays when the numbers change. */
function routeColours(routes: readonly RouteCount[]): ReadonlyMap<string, string> {
  const ids = routes.map(({ routeId }) => routeId).toSorted();
  return new Map(ids.map((id, slot) => [id, colourOf(slot)]));
}
