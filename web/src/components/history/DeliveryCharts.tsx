import { useMemo } from "react";
import { formatDuration, formatSpeed, formatTime } from "../../format";
import { robustMax, scaleIn, timeUnitOf } from "../../history/chart";
import { pointsOf, type Point } from "../../history/delivery-points";
import { MAX_DELIVERIES, deliveriesPath, type Query } from "../../history/query";
import { readPastPage } from "../../history/shapes";
import type { Language } from "../../i18n";
import { useHistoryWords, useLanguage } from "../language";
import { useFetched } from "../use-fetched";
import styles from "./Charts.module.css";
import { TimeChart } from "./TimeChart";
import { useLateness } from "./use-lateness";

interface Props {
  query: Query;
  revision: number;
  lengths: ReadonlyMap<string, number>;
  colours: ReadonlyMap<string, string>;
}

/** In metres per second. */
const KILOMETRE_PER_HOUR = 1 / 3.6;

interface Chart {
  title: string;
  unit: string;
  points: Point[];
  format: (value: number) => string;
  /** The grid lines are at round multiples of this. */
  scaleUnit: number;
  tick: (value: number, language: Language, scaleUnit: number) => string;
}

/** Duration, speed and delay of each delivery, as dots in the colour of its route. */
export function DeliveryCharts({ query, revision, lengths, colours }: Props) {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  const lateness = useLateness();
  // A failure is shown by the summary above, which is fetched at the same time.
  const { value } = useFetched(deliveriesPath(query, null, MAX_DELIVERIES), readPastPage, revision);
  const points = useMemo(() => pointsOf(value?.deliveries ?? [], lengths), [value, lengths]);
  const more = (value?.next ?? null) !== null;
  const charts: Chart[] = [
    {
      title: words.durationOfEach,
      unit: words.duration,
      points: points.durations,
      format: (seconds) => formatDuration(seconds * 1000, language),
      scaleUnit: timeUnitOf(robustMax(points.durations)),
      tick: formatTime,
    },
    {
      title: words.speedOfEach,
      unit: words.speed,
      points: points.speeds,
      format: (speed) => formatSpeed(speed, language),
      scaleUnit: KILOMETRE_PER_HOUR,
      tick: formatSpeed,
    },
    {
      title: words.delayOfEach,
      unit: words.punctuality,
      points: points.delays,
      format: lateness,
      scaleUnit: timeUnitOf(robustMax(points.delays)),
      tick: formatTime,
    },
  ];

  return (
    <>
      {charts
        .filter(({ points: { length } }) => length > 0)
        .map(({ title, unit, points: plotted, format, scaleUnit, tick }) => (
          <TimeChart
            key={title}
            title={title}
            unit={unit}
            interval={query}
            points={plotted.map((point) => ({ ...point, colour: colours.get(point.routeId) ?? "#a7abb0" }))}
            bucket={null}
            format={format}
            scale={scaleIn(scaleUnit, robustMax(plotted))}
            tick={(line) => tick(line, language, scaleUnit)}
          />
        ))}
      {more && <p className={styles.note}>{words.newest(String(MAX_DELIVERIES))}</p>}
    </>
  );
}
