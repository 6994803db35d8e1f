import { useEffect, useState } from "react";
import { formatCount } from "../../format";
import type { Bounds } from "../../geo";
import { heatPath, type Query } from "../../history/query";
import { readHeat, type RouteCount } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import { useHistoryWords, useLanguage } from "../language";
import { useFetched } from "../use-fetched";
import styles from "./Layers.module.css";
import { RadioGroup } from "./RadioGroup";

interface Props {
  map: HistoryMap;
  query: Query;
  revision: number;
  view: Bounds;
  routes: readonly RouteCount[];
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
}

/** Each layer is a separate query, repeated whenever the map has moved. */
const MAX_LAYERS = 8;
const LAYERS = ["heat", "routes", "none"] as const;

/** Where the positions were: as a heat map, or per route in its colour. */
export function Layers({ map, query, revision, view, routes, colours, hidden }: Props) {
  const words = useHistoryWords().map;
  const [layer, setLayer] = useState<(typeof LAYERS)[number]>("heat");
  const shown = routes
    .filter(({ routeId }) => !hidden.has(routeId) && (query.route === "" || query.route === routeId))
    .slice(0, MAX_LAYERS);
  return (
    <div className={styles.layers}>
      <RadioGroup
        label={words.layer}
        name="layer"
        options={LAYERS}
        chosen={layer}
        onChoose={setLayer}
        text={(each) => words[each]}
        className={styles.choice}
      />
      {layer === "heat" && <HeatLayer map={map} query={query} revision={revision} view={view} />}
      {layer === "routes" &&
        shown.map(({ routeId }) => (
          <RouteLayer
            key={routeId}
            map={map}
            query={query}
            revision={revision}
            view={view}
            routeId={routeId}
            colour={colours.get(routeId) ?? "#a7abb0"}
          />
        ))}
      <p className={styles.hint}>{words.hint}</p>
    </div>
  );
}

type LayerProps = Pick<Props, "map" | "query" | "revision" | "view">;

function HeatLayer({ map, query, revision, view }: LayerProps) {
  const { language } = useLanguage();
  const words = useHistoryWords().map;
  const { value, problem } = useFetched(heatPath(query, view), readHeat, revision);

  useEffect(() => {
    map.setHeat(value);
  }, [map, value]);
  useEffect(
    () => () => {
      map.setHeat(null);
    },
    [map],
  );

  if (problem !== null) return <p className={styles.note}>{words.failed}</p>;
  if (value === null) return null;
  const positions = value.cells.reduce((sum, { count }) => sum + count, 0);
  const atLeast = value.truncated ? "≥ " : "";
  return (
    <p className={styles.note} data-positions={positions}>
      {words.shown(atLeast + formatCount(positions, language))}
    </p>
  );
}

function RouteLayer({
  map,
  query,
  revision,
  view,
  routeId,
  colour,
}: LayerProps & { routeId: string; colour: string }) {
  const { value } = useFetched(heatPath({ ...query, route: routeId }, view), readHeat, revision);

  useEffect(() => {
    if (value !== null) map.setRoute(routeId, colour, value);
  }, [map, routeId, colour, value]);
  useEffect(
    () => () => {
      map.setRoute(routeId, colour, null);
    },
    [map, routeId, colour],
  );
  return null;
}
