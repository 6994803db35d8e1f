import { useState } from "react";
import type { HistoryParams } from "../../history/address";
import { hasEnded } from "../../deliveries";
import { deliveriesPath, type Query } from "../../history/query";
import { readPastPage } from "../../history/shapes";
import { useHistoryWords } from "../language";
import { useFetched } from "../use-fetched";
import styles from "./HistoryView.module.css";
import list from "./PastList.module.css";
import { PastRow } from "./PastRow";
import { ProblemNote } from "./ProblemNote";

interface Props {
  query: Query;
  params: HistoryParams;
  revision: number;
  onRetry: () => void;
}

/** Past deliveries, newest first, page by page. */
export function PastList({ query, params, revision, onRetry }: Props) {
  // Another query starts again at the first page.
  const first = deliveriesPath(query, null);
  return <Pages key={`${revision} ${first}`} query={query} params={params} onRetry={onRetry} />;
}

function Pages({ query, params, onRetry }: Omit<Props, "revision">) {
  /** The cursor of each page shown. */
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  return pages.map((before, index) => (
    <Page
      key={before ?? ""}
      query={query}
      params={params}
      before={before}
      isLast={index === pages.length - 1}
      onMore={(next) => {
        setPages([...pages, next]);
      }}
      onRetry={onRetry}
    />
  ));
}

interface PageProps extends Omit<Props, "revision"> {
  before: string | null;
  isLast: boolean;
  onMore: (next: string) => void;
}

function Page({ query, params, before, isLast, onMore, onRetry }: PageProps) {
  const words = useHistoryWords();
  const { value, problem } = useFetched(deliveriesPath(query, before), readPastPage);
  if (problem !== null) return <ProblemNote problem={problem} onRetry={onRetry} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  const { next } = value;
  // One that is under way is on the live map, where it is not yet of the past.
  const deliveries = value.deliveries.filter(({ phase }) => phase === null || hasEnded(phase));
  if (deliveries.length === 0 && before === null && next === null)
    return <p className={styles.note}>{words.empty}</p>;
  return (
    <>
      <ul className={list.list}>
        {deliveries.map((delivery) => (
          <PastRow key={delivery.deliveryId} delivery={delivery} params={params} />
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
