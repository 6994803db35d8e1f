import { useEffect, useState } from "react";
import { estimateOf, narrow, type ClockBounds } from "../clock-bounds";
import { formatCount, formatDelay, formatRate } from "../format";
import { probeClock } from "../http";
import type { LiveMap } from "../map/live-map";
import { addReading, agesOf, isGrowing, percentile, ratesOf, type Rates, type Reading } from "../measures";
import type { Session } from "../session";
import styles from "./Hud.module.css";
import { useLanguage } from "./language";
import { usePart } from "./use-session";

const SECOND = 1_000;
/** Not a whole second: each probe falls on another part of it, and narrows the bounds. */
const PROBE_INTERVAL = 1_130;
/** How many values are kept to see whether they grow. */
const KEPT = 10;

interface Measured {
  readings: readonly Reading[];
  rates: Rates | null;
  /** Of the newest positions, milliseconds; null: no vehicle is under way. */
  p50: number | null;
  p99: number | null;
  /** The last values of the first. */
  medians: readonly number[];
}

const NOTHING: Measured = { readings: [], rates: null, p50: null, p99: null, medians: [] };

/** The stream in numbers: how much arrives, how old it is, from which gateway. */
export function Hud({ session, map }: { session: Session; map: LiveMap | null }) {
  const { words, language } = useLanguage();
  const clock = useClock();
  const { rates, p50, p99, medians } = useMeasures(session, map, clock?.offset ?? 0);
  const conflated = usePart(session, (state) => state.conflated);
  const replica = usePart(session, ({ server }) => server?.replica ?? "");
  const kafka = usePart(session, ({ server }) => server?.kafka ?? null);
  const growing = isGrowing(medians);
  const rate = (key: keyof Rates) => (rates === null ? "–" : formatRate(rates[key], language));
  const age = (value: number | null) => (value === null ? "–" : formatDelay(Math.round(value), language));
  const rows = [
    { key: "positions", term: words.hud.positions, value: rate("positions") },
    { key: "p50", term: words.hud.p50, value: `${age(p50)}${growing ? " ▲" : ""}` },
    { key: "p99", term: words.hud.p99, value: age(p99) },
    {
      key: "clock",
      term: words.hud.clock,
      value: clock === null ? "–" : `± ${formatDelay(Math.ceil(clock.error), language)}`,
    },
    { key: "frames", term: words.hud.frames, value: rate("frames") },
    { key: "drawn", term: words.hud.drawn, value: rate("drawn") },
    { key: "conflated", term: words.hud.conflated, value: formatCount(conflated, language) },
    { key: "kafka", term: "Kafka", value: kafka === null ? "–" : words.hud.servers[kafka] },
    { key: "replica", term: words.hud.replica, value: replica === "" ? "–" : replica },
    { key: "cursor", term: words.hud.cursor, value: words.hud.noCursor },
  ];
  return (
    <section className={styles.hud} aria-label={words.hud.label} data-hud data-growing={growing}>
      <dl>
        {rows.map(({ key, term, value }) => (
          <div key={key}>
            <dt>{term}</dt>
            <dd data-measure={key}>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Measures once a second. `offset`: the server's time less the page's. */
function useMeasures(session: Session, map: LiveMap | null, offset: number): Measured {
  const [measured, setMeasured] = useState<Measured>(NOTHING);
  useEffect(() => {
    const measure = () => {
      const now = Date.now();
      const reading = { at: now, ...session.arrived, drawn: map?.drawn ?? 0 };
      const ages = agesOf(session.state.deliveries, now + offset);
      const p50 = percentile(ages, 0.5);
      setMeasured((before) => {
        const readings = addReading(before.readings, reading);
        return {
          ...{ readings, rates: ratesOf(readings), p50, p99: percentile(ages, 0.99) },
          medians: p50 === null ? [] : [...before.medians, p50].slice(-KEPT),
        };
      });
    };
    const timer = setInterval(measure, SECOND);
    return () => {
      clearInterval(timer);
    };
  }, [session, map, offset]);
  return measured;
}

/** The server's clock, better known with each probe; null: not known yet. */
function useClock(): { offset: number; error: number } | null {
  const [bounds, setBounds] = useState<ClockBounds | null>(null);
  useEffect(() => {
    const probe = () => {
      if (document.hidden) return;
      probeClock().then(
        (next) => {
          if (next !== null) setBounds((before) => narrow(before, next));
        },
        // The gateway is away: what is known of its clock stays.
        () => undefined,
      );
    };
    probe();
    const timer = setInterval(probe, PROBE_INTERVAL);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return bounds === null ? null : estimateOf(bounds);
}
