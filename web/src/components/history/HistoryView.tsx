import { useMemo, useState, useSyncExternalStore } from "react";
import { clockOffset, onClock } from "../../clock";
import { colourOf } from "../../colours";
import type { HistoryParams } from "../../history/address";
import { EXTENT_PATH, summaryPath, type Query } from "../../history/query";
import { resolveRange } from "../../history/range";
import { readExtent, readSummary, type RouteCount } from "../../history/shapes";
import type { RouteSummary } from "../../protocol";
import type { Session } from "../../session";
import { useLanguage } from "../language";
import { Sheet } from "../Sheet";
import { useFetched } from "../use-fetched";
import { usePart } from "../use-session";
import { useTitle } from "../use-title";
import { Filter } from "./Filter";
import { HistoryMapView } from "./HistoryMapView";
import styles from "./HistoryView.module.css";
import { NearPanel } from "./NearPanel";
import { PastList } from "./PastList";
import { SummaryPanel } from "./SummaryPanel";
import { Tabs } from "./Tabs";
import { ProblemNote } from "./ProblemNote";

const NONE: readonly RouteSummary[] = [];

/** The history view: summary, past deliveries, deliveries near a place, and replay. */
export function HistoryView({ session, params }: { session: Session; params: HistoryParams }) {
  useTitle(useLanguage().words.views.history);
  // A range such as "the last 24 hours" ends when it was chosen; Refresh moves it to the present.
  const [asked, setAsked] = useState(() => ({ now: Date.now(), revision: 0 }));
  const offset = useSyncExternalStore(onClock, clockOffset);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const known = usePart(session, ({ routes }) => (routes.status === "ready" ? routes.list : NONE));
  const extent = useFetched(params.range === "auto" ? EXTENT_PATH : null, readExtent, asked.revision);
  const query = useMemo<Query>(
    () => ({
      ...resolveRange(params.range, asked.now + (offset ?? 0), extent.value),
      ...{ route: params.route, courier: params.courier },
    }),
    [params.range, params.route, params.courier, asked.now, offset, extent.value],
  );
  // By a wrong clock, the last hour would be another one.
  const ready = offset !== null && (extent.value !== null || extent.status !== "loading");
  const summary = useFetched(ready ? summaryPath(query) : null, readSummary, asked.revision);
  const colours = useMemo(() => routeColours(summary.value?.routes ?? []), [summary.value]);
  const lengths = useMemo(() => new Map(known.map(({ id, lengthMeters }) => [id, lengthMeters])), [known]);
  const refresh = () => {
    setAsked(({ revision }) => ({ now: Date.now(), revision: revision + 1 }));
  };
  // Without an index there is nothing to filter.
  const off = summary.problem?.kind === "off";

  return (
    <>
      <Sheet>
        {off ? (
          <ProblemNote problem={{ kind: "off" }} onRetry={refresh} />
        ) : (
          <>
            <Filter
              params={params}
              query={query}
              known={known}
              couriers={summary.value?.couriers ?? []}
              onRefresh={refresh}
            />
            <Tabs chosen={params.tab} />
            <div
              role="tabpanel"
              id="history-panel"
              aria-labelledby={`history-tab-${params.tab}`}
              className={styles.panel}
              data-status={summary.status}
            >
              {params.tab === "summary" && (
                <SummaryPanel
                  summary={summary}
                  query={query}
                  revision={asked.revision}
                  lengths={lengths}
                  colours={colours}
                  hidden={hidden}
                  onHidden={setHidden}
                  onRetry={refresh}
                />
              )}
              {ready && params.tab === "deliveries" && (
                <PastList query={query} params={params} revision={asked.revision} onRetry={refresh} />
              )}
              {ready && params.tab === "near" && (
                <NearPanel query={query} params={params} revision={asked.revision} onRetry={refresh} />
              )}
            </div>
          </>
        )}
      </Sheet>
      <HistoryMapView
        session={session}
        params={params}
        query={query}
        revision={asked.revision}
        routes={off || !ready ? null : (summary.value?.routes ?? [])}
        colours={colours}
        hidden={hidden}
      />
    </>
  );
}

/** Assigned by route id, so that colours stay the same when the counts change. */
function routeColours(routes: readonly RouteCount[]): ReadonlyMap<string, string> {
  const ids = routes.map(({ routeId }) => routeId).toSorted();
  return new Map(ids.map((id, slot) => [id, colourOf(slot)]));
}
