import { useState } from "react";
import type { Past } from "../../history/address";
import { deliveriesPath, type Query } from "../../history/query";
import { readPastPage } from "../../history/shapes";
import { useHistoryWords } from "../language";
import { useAnswer } from "../use-answer";
import styles from "./HistoryView.module.css";
import list from "./PastList.module.css";
import { PastRow } from "./PastRow";
import { Trouble } from "./Trouble";

interface Props {
  query: Query;
  past: Past;
  turn: number;
  onAgain: () => void;
}

/** Past deliveries, the newest first, a page at a time. */
export function PastList({ query, past, turn, onAgain }: Props) {
  // Another question begins at its first page again.
  const first = deliveriesPath(query, null);
  return <Pages key={`${turn} ${first}`} query={query} past={past} onAgain={onAgain} />;
}

function Pages({ query, past, onAgain }: Omit<Props, "turn">) {
  /** What asks for each page that is shown. */
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  return pages.map((before, index) => (
    <Page
      key={before ?? ""}
      query={query}
      past={past}
      before={before}
      isLast={index === pages.length - 1}
      onMore={(next) => {
        setPages([...pages, next]);
      }}
      onAgain={onAgain}
    />
  ));
}

interface PageProps extends Omit<Props, "turn"> {
  before: string | null;
  isLast: boolean;
  onMore: (next: string) => void;
}

function Page({ query, past, before, isLast, onMore, onAgain }: PageProps) {
  const words = useHistoryWords();
  const { value, problem } = useAnswer(deliveriesPath(query, before), readPastPage);
  if (problem !== null) return <Trouble problem={problem} onAgain={onAgain} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  const { deliveries, next } = value;
  if (deliveries.length === 0 && before === null) return <p className={styles.note}>{words.empty}</p>;
  return (
    <>
      <ul className={list.list}>
        {deliveries.map((delivery) => (
          <PastRow key={delivery.deliveryId} delivery={delivery} past={past} />
        ))}
      </ul>
      {isLast && next !== null && (
        <button
          type="button"
          className={styles.more}
          onClick={() => {
            onMore(next);
          }}
        >
          {words.more}
        </button>
      )}
    </>
  );
}
