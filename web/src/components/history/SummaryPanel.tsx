import { formatCount } from "../../format";
import { maxOf, scaleOf } from "../../history/chart";
import type { Query } from "../../history/query";
import type { Interval } from "../../history/range";
import type { Summary } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import type { Fetched } from "../use-fetched";
import { Couriers } from "./Couriers";
import { DeliveryCharts } from "./DeliveryCharts";
import styles from "./HistoryView.module.css";
import { KeyFigures } from "./KeyFigures";
import { Routes } from "./Routes";
import { TimeChart } from "./TimeChart";
import { ProblemNote } from "./ProblemNote";

interface Props {
  summary: Fetched<Summary>;
  query: Query;
  revision: number;
  /** Metres by route id, of the routes that still exist. */
  lengths: ReadonlyMap<string, number>;
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  onRetry: () => void;
}

export function SummaryPanel({
  summary,
  query,
  revision,
  lengths,
  colours,
  hidden,
  onHidden,
  onRetry,
}: Props) {
  const words = useHistoryWords();
  const { value, problem } = summary;
  if (problem !== null) return <ProblemNote problem={problem} onRetry={onRetry} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  return (
    <div aria-busy={summary.status === "loading"} data-deliveries={value.deliveries}>
      {value.deliveries === 0 && <p className={styles.note}>{words.empty}</p>}
      <KeyFigures summary={value} />
      {value.deliveries > 0 && (
        <>
          <OverTime summary={value} interval={query} />
          <DeliveryCharts query={query} revision={revision} lengths={lengths} colours={colours} />
          <Routes routes={value.routes} colours={colours} hidden={hidden} onHidden={onHidden} />
          <Couriers couriers={value.couriers} />
        </>
      )}
    </div>
  );
}

/** The number of deliveries ordered over time. */
function OverTime({ summary, interval }: { summary: Summary; interval: Interval }) {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  const points = summary.overTime.map(({ at, deliveries }) => ({ at, value: deliveries }));
  const format = (value: number) => formatCount(value, language);
  return (
    <TimeChart
      title={words.overTime}
      unit={words.deliveries}
      interval={interval}
      points={points}
      bucket={summary.overTimeMilliseconds}
      format={format}
      scale={scaleOf(maxOf(points), true)}
      tick={format}
    />
  );
}
