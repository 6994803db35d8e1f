import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { formatCount, formatDuration } from "../../format";
import { isolate } from "../../names";
import { missingServices, type PurchasesState } from "../../purchases/state";
import { MAX_SHOWN, PAGE, Watch } from "../../purchases/watch";
import { queuesOf, waysOf } from "../../purchases/ways";
import type { Session } from "../../session";
import { useLanguage } from "../language";
import { useNow } from "../use-now";
import { useDeliveries } from "../use-session";
import { useTitle } from "../use-title";
import { Groups } from "./Groups";
import { Mails } from "./Mails";
import { OrderForm } from "./OrderForm";
import { PurchaseRow } from "./PurchaseRow";
import styles from "./PurchasesPage.module.css";
import { Sales } from "./Sales";
import { useAvailability, useRecipient } from "./use-stores";
import { usePurchasesWords } from "./words";

/** The purchases view: a form, and each purchase, step by step. */
export function PurchasesView({ session }: { session: Session }) {
  const words = usePurchasesWords();
  const state = useAvailability();
  const heading = useRef<HTMLHeadingElement>(null);

  useTitle(words.title);

  // The link that led here may be gone, and the focus with it.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, []);

  return (
    <div className={styles.content} data-shop={state}>
      <div className={styles.head}>
        <h2 ref={heading} tabIndex={-1}>
          {words.title}
        </h2>
        {state === "present" ? (
          <p className={styles.detail}>{words.explanation}</p>
        ) : (
          <p role="status" className={styles.note}>
            {words.availability[state]}
          </p>
        )}
      </div>
      {state === "present" && <Shop session={session} />}
    </div>
  );
}

function Shop({ session }: { session: Session }) {
  const words = usePurchasesWords();
  const [watch] = useState(() => new Watch());
  const state = useSyncExternalStore(watch.subscribe, () => watch.state);
  const mine = useRecipient();
  const [isOnlyMine, setOnlyMine] = useState(false);
  const [limit, setLimit] = useState(PAGE);
  const customerId = isOnlyMine && mine !== null ? mine.id : null;

  useEffect(() => {
    watch.start({ customerId, limit });
    return () => {
      watch.stop();
    };
  }, [watch, customerId, limit]);

  return (
    <>
      <section className={styles.card} aria-label={words.form.heading}>
        <h3>{words.form.heading}</h3>
        <OrderForm
          session={session}
          onBought={(purchase) => {
            watch.bought(purchase);
          }}
        />
        <Mails state={state} />
        <Sales state={state} />
      </section>
      <section className={styles.list} aria-label={words.list.heading}>
        <h3>{words.list.heading}</h3>
        {mine !== null && (
          <label className={styles.mine}>
            <input
              type="checkbox"
              name="only-mine"
              checked={isOnlyMine}
              onChange={(event) => {
                setOnlyMine(event.target.checked);
              }}
            />
            <span>{words.list.onlyMine(isolate(mine.name))}</span>
          </label>
        )}
        <Missing state={state} />
        <Groups state={state} />
        <Rows session={session} state={state} customerId={customerId} />
        {state.more && limit < MAX_SHOWN && (
          <button
            type="button"
            className={styles.more}
            onClick={() => {
              setLimit(limit + PAGE);
            }}
          >
            {words.list.more}
          </button>
        )}
      </section>
    </>
  );
}

interface RowsProps {
  session: Session;
  state: PurchasesState;
  /** Null: everybody's. */
  customerId: string | null;
}

function Rows({ session, state, customerId }: RowsProps) {
  const words = usePurchasesWords();
  const { language } = useLanguage();
  const deliveries = useDeliveries(session);
  if (state.purchases === null) return <p className={styles.note}>{words.list.loading}</p>;
  // Until the answer to another choice arrives, the list is still that of the last one.
  const ways = waysOf(state, deliveries, customerId);
  if (ways.length === 0) return <p className={styles.note}>{words.list.empty}</p>;
  const queues = queuesOf(ways);
  return (
    <>
      <p className={styles.queues} data-queues={queues.map(({ key, count }) => `${key}:${count}`).join(" ")}>
        {queues.length === 0 ? words.list.noQueues : words.list.queues}
        {queues.map(({ key, count }) => (
          <span key={key}>
            {words.steps[key]} <strong>{formatCount(count, language)}</strong>
          </span>
        ))}
      </p>
      <ul className={styles.purchases}>
        {ways.map(({ purchase, way }) => (
          <PurchaseRow key={purchase.id} purchase={purchase} way={way} />
        ))}
      </ul>
    </>
  );
}

/** Names each service that does not answer, and says when it is asked again. */
function Missing({ state }: { state: PurchasesState }) {
  const { words: common, language } = useLanguage();
  const words = usePurchasesWords();
  const now = useNow();
  const missing = missingServices(state).flatMap((service) => {
    const { health, askAt } = state.services[service];
    const sentence = health === "away" || health === "absent" ? words.missing[service][health] : "";
    return sentence === "" ? [] : [{ service, sentence, askAt }];
  });
  const left = Math.min(...missing.map(({ askAt }) => askAt)) - now;
  return (
    <div className={styles.missing} data-missing={missing.map(({ service }) => service).join(" ")}>
      <div role="status">
        {missing.map(({ service, sentence }) => (
          <p key={service}>{sentence}</p>
        ))}
      </div>
      {/* Outside of the status, which would be read out every second. */}
      {missing.length > 0 && (
        <p>{left >= 1000 ? common.nextAttempt(formatDuration(left, language)) : common.attempting}</p>
      )}
    </div>
  );
}
