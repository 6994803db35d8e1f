import { useEffect, useRef, useSyncExternalStore, type ReactNode } from "react";
import { clockOffset, onClock } from "../../clock";
import type { DeliveryAddress } from "../../delivery/address";
import { pausesOf, thinOut } from "../../delivery/samples";
import { hasEnded, remainingTime, type Delivery } from "../../deliveries";
import { formatClock, formatDuration, formatPercent, formatSpeed } from "../../format";
import { DEFAULT_HISTORY, formatAddress } from "../../history/address";
import { LATE, latenessOf } from "../../listing";
import { formatLive } from "../../live-address";
import { detailsOf, isolate, nameOf } from "../../names";
import { readConfig, type DeliveryDetails } from "../../protocol";
import type { Session } from "../../session";
import { Details } from "../Details";
import { useLanguage } from "../language";
import { useFetched } from "../use-fetched";
import { useNow } from "../use-now";
import { usePart } from "../use-session";
import { useTitle } from "../use-title";
import { Commands } from "./Commands";
import styles from "./DeliveryPage.module.css";
import { SampleCharts } from "./SampleCharts";
import { Timeline } from "./Timeline";
import { TraceTable } from "./TraceTable";
import { useDelivery } from "./use-delivery";
import { useSamples, type ShownSamples } from "./use-samples";
import { useDeliveryWords } from "./words";

interface Props {
  session: Session;
  address: DeliveryAddress;
}

/** A delivery's own page: what it is, what has happened to it, and where to look further. */
export function DeliveryView({ session, address }: Props) {
  const words = useDeliveryWords();
  const { state, delivery } = useDelivery(session, address);
  const deliveryStore = usePart(session, ({ server }) => (server?.deliveryStore === "off" ? "off" : "on"));
  const heading = useRef<HTMLDivElement>(null);

  // The link that led here is gone, and the focus with it.
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus();
  }, []);

  const sentence = {
    loading: words.loading,
    unknown: words.unknown(isolate(address.name), isolate(address.namespace)),
    gone: words.gone(deliveryStore),
    away: words.away,
    unavailable: words.unavailable,
  };
  return (
    <div className={styles.content} data-delivery-state={state}>
      <div ref={heading} className={styles.head} tabIndex={-1}>
        <a className={styles.back} href="#">
          <span aria-hidden="true">← </span>
          {words.back}
        </a>
        {state !== "shown" || delivery === null ? (
          <p role="status" className={styles.note}>
            {sentence[state === "shown" ? "loading" : state]}
          </p>
        ) : (
          <Head delivery={delivery} />
        )}
      </div>
      {state === "shown" && delivery !== null && <Body session={session} delivery={delivery} />}
    </div>
  );
}

function Head({ delivery }: { delivery: DeliveryDetails }) {
  const { words: common } = useLanguage();
  const { who } = nameOf(delivery);
  const kinds: Record<string, string> = common.vehicles;

  useTitle(who);

  return (
    <>
      <div className={styles.title}>
        <h2>
          <bdi>{who}</bdi>
        </h2>
        <span className={styles.phase} data-phase={delivery.phase}>
          {common.phases[delivery.phase]}
        </span>
      </div>
      <p className={styles.detail}>
        <Details of={detailsOf(delivery, kinds[delivery.vehicle] ?? delivery.vehicle)} />
      </p>
    </>
  );
}

function Body({ session, delivery }: { session: Session; delivery: DeliveryDetails }) {
  const words = useDeliveryWords();
  const { deliveryId, intervalMilliseconds, phase } = delivery;
  const ended = hasEnded(phase);
  const samples = useSamples(session, deliveryId, ended);
  const pauses = pausesOf(samples.samples, intervalMilliseconds);
  const config = useFetched("config.json", readConfig);
  return (
    <>
      <Links delivery={delivery} samples={samples} />
      <Card title={words.timeline}>
        <Timeline delivery={delivery} pauses={pauses} />
      </Card>
      <Card title={words.facts}>
        <Facts session={session} delivery={delivery} />
      </Card>
      <Card title={words.charts} wide>
        <SampleCharts
          delivery={delivery}
          samples={thinOut(samples.samples, MAX_POINTS)}
          problem={samples.problem}
        />
      </Card>
      {config.value?.traces === true && (
        <Card title={words.trace} wide>
          {/* Another delivery may take the name, and with it the page. */}
          <TraceTable key={deliveryId} deliveryId={deliveryId} ended={ended} />
        </Card>
      )}
      <Card title={words.commands} wide>
        <Commands delivery={delivery} />
      </Card>
    </>
  );
}

/** A chart is some hundred pixels wide, and its table has a row for each point. */
const MAX_POINTS = 240;

function Links({ delivery, samples }: { delivery: DeliveryDetails; samples: ShownSamples }) {
  const words = useDeliveryWords();
  const { deliveryId, phase, position } = delivery;
  const live = { search: "", chip: null, sort: "start", follow: deliveryId } as const;
  return (
    <p className={`${styles.links ?? ""} ${styles.wide ?? ""}`}>
      {!hasEnded(phase) && position !== null && <a href={formatLive(live)}>{words.follow}</a>}
      {samples.problem?.kind !== "off" && (
        <a href={formatAddress({ ...DEFAULT_HISTORY, replay: deliveryId })}>{words.replay}</a>
      )}
    </p>
  );
}

function Facts({ session, delivery }: { session: Session; delivery: DeliveryDetails }) {
  const { words: common, language } = useLanguage();
  const words = useDeliveryWords();
  const now = useNow();
  const offset = useSyncExternalStore(onClock, clockOffset) ?? 0;
  const streamed = usePart(session, ({ deliveries }) => deliveries.get(delivery.deliveryId) ?? null);
  const { deliveryId, namespace, name, title, courier, vehicle, phase, record, plan, speed } = delivery;
  const kinds: Record<string, string> = common.vehicles;
  const remaining = streamed === null ? null : remainingTime(streamed, now);
  const late = lateness(delivery, streamed, now);
  return (
    <dl className={styles.facts}>
      <Fact term={words.route} name={title} />
      <Fact term={words.courier} name={courier} />
      <Fact term={words.vehicle} name={kinds[vehicle] ?? vehicle} />
      <Fact term={words.namespace} name={namespace} />
      <Fact term={words.object} name={name} />
      <Fact term={words.id} name={deliveryId} />
      <Fact term={words.pod} name={delivery.pod} fact="pod" />
      <Fact term={words.trace} name={delivery.traceId} fact="trace" />
      <dt>{words.progress}</dt>
      <dd data-fact="progress">{formatPercent(delivery.progress, language)}</dd>
      {phase === "Running" && (
        <>
          <dt>{words.speed}</dt>
          <dd data-fact="speed">{formatSpeed(speed, language)}</dd>
        </>
      )}
      {late !== null && (
        <>
          <dt>{words.late}</dt>
          <dd data-fact="late">{late >= LATE ? formatDuration(late, language) : words.onTime}</dd>
        </>
      )}
      {remaining !== null && (
        <>
          <dt>{words.arrival}</dt>
          <dd data-fact="arrival">
            {formatDuration(remaining, language)} · {formatClock(now + offset + remaining, language)}
          </dd>
        </>
      )}
      {plan !== null && (
        <>
          <dt>{words.plan}</dt>
          <dd data-fact="plan">{words.recordOf(plan.topic, plan.partition, plan.offset)}</dd>
        </>
      )}
      {delivery.position !== null && (
        <>
          <dt>{words.record}</dt>
          <dd data-fact="record">
            {record === null ? words.noRecord : words.recordOf(record.topic, record.partition, record.offset)}
          </dd>
        </>
      )}
    </dl>
  );
}

/** Milliseconds; null before the first position. */
function lateness(delivery: DeliveryDetails, streamed: Delivery | null, now: number): number | null {
  if (delivery.start === null || delivery.at === null) return null;
  return latenessOf({ ...delivery, receivedAt: streamed?.receivedAt ?? now }, now);
}

function Fact({ term, name, fact }: { term: string; name: string; fact?: string }) {
  if (name === "") return null;
  return (
    <>
      <dt>{term}</dt>
      <dd data-fact={fact}>
        <bdi>{name}</bdi>
      </dd>
    </>
  );
}

function Card({ title, wide = false, children }: { title: string; wide?: boolean; children: ReactNode }) {
  return (
    <section className={`${styles.card ?? ""} ${wide ? (styles.wide ?? "") : ""}`} aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}
