import { formatCount } from "../../format";
import { mostOf, scaleOf } from "../../history/chart";
import type { Query } from "../../history/query";
import type { Interval } from "../../history/range";
import type { Summary } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import type { Answer } from "../use-answer";
import { Couriers } from "./Couriers";
import { EachDelivery } from "./EachDelivery";
import styles from "./HistoryView.module.css";
import { Numbers } from "./Numbers";
import { Routes } from "./Routes";
import { TimeChart } from "./TimeChart";
import { Trouble } from "./Trouble";

interface Props {
  summary: Answer<Summary>;
  query: Query;
  turn: number;
  /** Metres by route, of the routes that there are. */
  lengths: ReadonlyMap<string, number>;
  colours: ReadonlyMap<string, string>;
  hidden: ReadonlySet<string>;
  onHidden: (hidden: ReadonlySet<string>) => void;
  onAgain: () => void;
}

export function SummaryPanel({ summary, query, turn, lengths, colours, hidden, onHidden, onAgain }: Props) {
  const words = useHistoryWords();
  const { value, problem } = summary;
  if (problem !== null) return <Trouble problem={problem} onAgain={onAgain} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  return (
    <div aria-busy={summary.status === "loading"} data-deliveries={value.deliveries}>
      {value.deliveries === 0 && <p className={styles.note}>{words.empty}</p>}
      <Numbers summary={value} />
      {value.deliveries > 0 && (
        <>
          <OverTime summary={value} interval={query} />
          <EachDelivery query={query} turn={turn} lengths={lengths} colours={colours} />
          <Routes routes={value.routes} colours={colours} hidden={hidden} onHidden={onHidden} />
          <Couriers couriers={value.couriers} />
        </>
      )}
    </div>
  );
}

/** How many were ordered when. */
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
      scale={scaleOf(mostOf(points), true)}
      tick={format}
    />
  );
}
