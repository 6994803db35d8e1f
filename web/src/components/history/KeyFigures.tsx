import { formatCount, formatDelay, formatDuration, formatSpeed } from "../../format";
import type { Spread, Summary } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import styles from "./KeyFigures.module.css";
import { useLateness } from "./use-lateness";

/** The key figures of the time range. */
export function KeyFigures({ summary }: { summary: Summary }) {
  const { words: common, language } = useLanguage();
  const words = useHistoryWords().summary;
  const lateness = useLateness();
  const duration = (seconds: number) => formatDuration(seconds * 1000, language);
  const speed = (value: number) => formatSpeed(value, language);
  const delay = (milliseconds: number) => formatDelay(milliseconds, language);
  const { lateSeconds: late, delayMilliseconds: delays, repeated } = summary;

  return (
    <>
      <dl className={styles.numbers}>
        <Tile name="deliveries" label={words.deliveries} value={formatCount(summary.deliveries, language)} />
        <Tile
          name="viewers"
          label={words.viewers}
          value={summary.viewers === null ? "—" : formatCount(summary.viewers, language)}
          hint={words.viewersNote}
        />
        <Tile
          name="duration"
          label={words.duration}
          {...middle(summary.durationSeconds, duration, words.p95)}
        />
        <Tile
          name="speed"
          label={words.speed}
          {...middle(summary.speed, speed, words.p95)}
          hint={words.speedNote}
        />
        <Tile
          name="punctuality"
          label={words.punctuality}
          {...middle(late, lateness, words.p95)}
          extra={late.max === null ? [] : [words.max(lateness(late.max))]}
          wide
        />
        <Tile
          name="delay"
          label={words.delay}
          {...middle(delays, delay, words.p95)}
          extra={[
            ...(delays.max === null ? [] : [words.max(delay(delays.max))]),
            ...(repeated === null ? [] : [words.repeated(formatCount(repeated, language))]),
          ]}
          hint={words.delayNote}
          wide
        />
      </dl>
      {summary.examined < summary.deliveries && (
        <p className={styles.examined}>{words.examined(formatCount(summary.examined, language))}</p>
      )}
      {summary.byPhase.length > 0 && (
        <ul className={styles.phases} aria-label={words.phases}>
          {summary.byPhase.map(({ phase, deliveries }) => (
            <li key={phase} data-phase={phase}>
              {common.phases[phase]} <strong>{formatCount(deliveries, language)}</strong>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface TileProps {
  name: string;
  label: string;
  value: string;
  detail?: string | undefined;
  extra?: string[];
  hint?: string | undefined;
  wide?: boolean;
}

function Tile({ name, label, value, detail, extra = [], hint, wide = false }: TileProps) {
  return (
    <div className={styles.tile} data-number={name} data-wide={wide} title={hint}>
      <dt>{label}</dt>
      <dd>{value}</dd>
      {detail !== undefined && <dd className={styles.detail}>{detail}</dd>}
      {extra.map((each) => (
        <dd key={each} className={styles.detail}>
          {each}
        </dd>
      ))}
    </div>
  );
}

function middle(
  { p50, p95 }: Spread,
  format: (value: number) => string,
  labelP95: (value: string) => string,
): { value: string; detail: string | undefined } {
  return {
    value: p50 === null ? "—" : format(p50),
    detail: p95 === null ? undefined : labelP95(format(p95)),
  };
}
