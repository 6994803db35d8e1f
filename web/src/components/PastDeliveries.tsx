import { memo, useEffect, useMemo, useState, type FocusEvent } from "react";
import { TIME_IN_LIST, hasEnded, type Deliveries } from "../deliveries";
import { linkOf } from "../delivery/address";
import { formatMoment } from "../format";
import { pastPath } from "../history/query";
import { finder } from "../listing";
import { detailsOf, isCanary, nameOf } from "../names";
import { readPastPage, type DeliveryView } from "../protocol";
import { Details } from "./Details";
import { useLanguage } from "./language";
import { moveFocus } from "./move-focus";
import styles from "./PastDeliveries.module.css";
import { useFetched } from "./use-fetched";

/** How many are asked for: at first, and after each "more". The last is the gateway's maximum. */
const LIMITS = [30, 100, 300, 1_000] as const;
/** Sooner than an ended delivery leaves the list above, so that it is always in one of the two, milliseconds. */
const ASK_AGAIN = 0.75 * TIME_IN_LIST;

interface Props {
  /** Those in the list above. */
  shown: Deliveries;
  search: string;
}

/** The deliveries of the delivery store, on request: newest first, each a link to its page. */
export function PastDeliveries({ shown, search }: Props) {
  const { words } = useLanguage();
  const [isOpen, setOpen] = useState(false);
  return (
    <section aria-label={words.past.heading} data-past={isOpen}>
      <button
        type="button"
        className={styles.button}
        aria-expanded={isOpen}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {isOpen ? words.past.hide : words.past.show}
      </button>
      {isOpen && <Rows shown={shown} search={search} />}
    </section>
  );
}

function Rows({ shown, search }: Props) {
  const { words } = useLanguage();
  const [step, setStep] = useState(0);
  const [asked, setAsked] = useState(0);
  /** The row that had the focus last. */
  const [stop, setStop] = useState<string | null>(null);
  const { value, status } = useFetched(pastPath(LIMITS[step] ?? LIMITS[0]), readPastPage, asked);

  // What failed is asked for again by `useFetched`.
  const isAnswered = status === "ready";
  useEffect(() => {
    if (!isAnswered) return;
    const again = () => {
      if (!document.hidden) setAsked((count) => count + 1);
    };
    const timer = setInterval(again, ASK_AGAIN);
    return () => {
      clearInterval(timer);
    };
  }, [isAnswered]);

  const past = useMemo(
    () => value?.deliveries.filter((delivery) => hasEnded(delivery.phase) && !isCanary(delivery)) ?? [],
    [value],
  );
  const matching = useMemo(() => past.filter(finder(search)), [past, search]);

  if (value === null) {
    return <p className={styles.note}>{status === "failed" ? words.past.failed : words.past.loading}</p>;
  }
  const isHere = ({ deliveryId }: DeliveryView) => !shown.has(deliveryId);
  const found = matching.filter(isHere);
  const tabStop = (found.find(({ deliveryId }) => deliveryId === stop) ?? found[0])?.deliveryId;
  const focus = (event: FocusEvent) => {
    setStop(event.target.closest("li")?.dataset.pastId ?? null);
  };
  return (
    <>
      {status === "failed" && <p className={styles.note}>{words.past.failed}</p>}
      {found.length === 0 && (
        <p className={styles.note}>{past.some(isHere) ? words.past.noneFound : words.past.empty}</p>
      )}
      <ul className={styles.list} onKeyDown={moveFocus} onFocus={focus}>
        {found.map((delivery) => (
          <Row key={delivery.deliveryId} delivery={delivery} isStop={delivery.deliveryId === tabStop} />
        ))}
      </ul>
      {value.next !== null && step + 1 < LIMITS.length && (
        <button
          type="button"
          className={styles.button}
          onClick={(event) => {
            setStep(step + 1);
            // The button may be about to go, and the focus with it: the arrow leads from here to what comes.
            const rows = event.currentTarget.parentElement?.querySelectorAll<HTMLElement>("li a[href]");
            [...(rows ?? [])].at(-1)?.focus();
          }}
        >
          {words.past.more}
        </button>
      )}
      {value.next !== null && step + 1 === LIMITS.length && <p className={styles.note}>{words.past.older}</p>}
    </>
  );
}

/** Drawn anew when it changes, not with every position of those above. */
const Row = memo(function Row({ delivery, isStop }: { delivery: DeliveryView; isStop: boolean }) {
  const { words, language } = useLanguage();
  const { deliveryId, phase, start, vehicle } = delivery;
  const kinds: Record<string, string> = words.vehicles;
  return (
    <li className={styles.row} data-past-id={deliveryId} data-phase={phase}>
      <a
        href={linkOf(delivery)}
        tabIndex={isStop ? 0 : -1}
        title={`${words.list.details}: ${words.delivery(nameOf(delivery))}`}
      >
        <span className={styles.title} dir="auto">
          {nameOf(delivery).who}
        </span>
        <span className={styles.phase} data-phase={phase}>
          {words.phases[phase]}
        </span>
        <span className={styles.detail}>
          <Details of={detailsOf(delivery, kinds[vehicle] ?? vehicle)} />
        </span>
        {start !== null && <span className={styles.detail}>{formatMoment(start, language)}</span>}
      </a>
    </li>
  );
});
