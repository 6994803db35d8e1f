import { useEffect, useState } from "react";
import { readTrace, tracePath, waterfallOf, type WaterfallRow } from "../../delivery/trace";
import { formatDelay, formatDuration, formatTime } from "../../format";
import { mayPass, type Problem } from "../../history/client";
import type { Language } from "../../i18n";
import { useLanguage } from "../language";
import { useFetched } from "../use-fetched";
import styles from "./DeliveryPage.module.css";
import { useDeliveryWords } from "./words";

interface Props {
  deliveryId: string;
  /** Whether more spans may still come. */
  ended: boolean;
}

/** How often to ask again while it is open, milliseconds. */
const ASK_AGAIN = 5_000;
const ASK_AGAIN_ENDED = 30_000;

/** What the services did for a delivery, as a waterfall. It is asked for once somebody opens it. */
export function TraceTable({ deliveryId, ended }: Props) {
  const words = useDeliveryWords();
  const [isOpen, setOpen] = useState(false);
  const [asked, setAsked] = useState(0);
  const fetched = useFetched(isOpen ? tracePath(deliveryId) : null, readTrace, asked);
  const { status, value, lastProblem: problem } = fetched;

  // Also when there is none yet: the first spans take a few seconds. Other failures are repeated by `useFetched`.
  const isAnswered = status === "ready" || (fetched.problem !== null && !mayPass(fetched.problem));
  useEffect(() => {
    if (!isAnswered) return;
    const again = () => {
      if (!document.hidden) setAsked((count) => count + 1);
    };
    const timer = setInterval(again, ended ? ASK_AGAIN_ENDED : ASK_AGAIN);
    return () => {
      clearInterval(timer);
    };
  }, [isAnswered, ended]);

  return (
    <details
      className={styles.trace}
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>{words.openTrace}</summary>
      {problem !== null && (
        <p role="status" className={styles.note} data-trace-problem={problem.kind}>
          {sentenceOf(problem, words.traceProblems)}
        </p>
      )}
      {value === null ? (
        problem === null && (
          <p role="status" className={styles.note}>
            {words.loadingTrace}
          </p>
        )
      ) : (
        <>
          <div className={styles.scrolled} role="group" aria-label={words.openTrace} tabIndex={0}>
            <table className={styles.waterfall} data-trace={value.traceId}>
              <thead>
                <tr>
                  <th scope="col">{words.span}</th>
                  <th scope="col">{words.service}</th>
                  <th scope="col">{words.begins}</th>
                  <th scope="col">{words.takes}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {waterfallOf(value.spans).map((row) => (
                  <Row key={row.span.id} row={row} />
                ))}
              </tbody>
            </table>
          </div>
          <p className={styles.note}>
            {value.truncated && <>{words.moreSpans} </>}
            {words.traceId(value.traceId)}
          </p>
        </>
      )}
    </details>
  );
}

function Row({ row: { span, depth, left, width } }: { row: WaterfallRow }) {
  const { language } = useLanguage();
  const words = useDeliveryWords();
  const more = [...span.attributes.map(({ name, value }) => `${name} ${value}`), ...span.events].join(", ");
  return (
    <tr data-span={span.name} data-failed={span.failed}>
      <th scope="row" title={span.error || undefined} style={{ paddingInlineStart: `${depth}rem` }}>
        <code>{span.name}</code>
        {span.failed && <strong> {words.spanFailed}</strong>}
        {more !== "" && <small> {more}</small>}
        {span.error !== "" && (
          <p lang="en" dir="auto" data-why>
            {span.error}
          </p>
        )}
      </th>
      <td>
        {span.service}
        {span.instance !== "" && <small> {span.instance}</small>}
      </td>
      <td>{formatSpan(span.start, language)}</td>
      <td>{formatSpan(span.duration, language)}</td>
      <td>
        <svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
          <rect x={Math.min(99, left * 100)} width={Math.max(1, width * 100)} height="1" />
        </svg>
      </td>
    </tr>
  );
}

/** `48 ms`, `1.3 s`, `2 min 5 s`. */
function formatSpan(milliseconds: number, language: Language): string {
  if (milliseconds < 1_000) return formatDelay(milliseconds, language);
  return milliseconds < 60_000
    ? formatTime(milliseconds / 1000, language, 1)
    : formatDuration(milliseconds, language);
}

function sentenceOf(problem: Problem, sentences: { none: string; away: string; busy: string }): string {
  if (problem.kind === "refused") return sentences.none;
  return problem.kind === "busy" ? sentences.busy : sentences.away;
}
