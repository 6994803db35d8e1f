import { useId } from "react";
import { placeInTime, spansDays, timeTicks, type Scale } from "../../history/chart";
import type { Interval } from "../../history/range";
import { formatClock, formatDay, formatMoment } from "../../format";
import { useHistoryWords, useLanguage } from "../language";
import styles from "./Charts.module.css";

export interface Plotted {
  at: number;
  value: number;
  /** A label in addition to the time. */
  name?: string;
  colour?: string;
}

interface Props {
  title: string;
  interval: Interval;
  points: readonly Plotted[];
  /** The width of the bars, milliseconds; null: a dot for each point. */
  bucket: number | null;
  /** The table's heading for the values. */
  unit: string;
  format: (value: number) => string;
  scale: Scale;
  /** Formats the label of a grid line. */
  tick: (value: number) => string;
}

const [WIDTH, HEIGHT] = [380, 118];
const [LEFT, BOTTOM, TOP] = [54, 18, 8];
const LABELS = 4;

/** Values over time, with the same data as a table below. */
export function TimeChart({ title, interval, points, bucket, unit, format, scale, tick }: Props) {
  const words = useHistoryWords();
  const { language } = useLanguage();
  const heading = useId();
  const { top, lines } = scale;
  const x = (at: number) => LEFT + placeInTime(at, interval) * (WIDTH - LEFT);
  const y = (value: number) => HEIGHT - BOTTOM - (Math.max(0, value) / top) * (HEIGHT - BOTTOM - TOP);
  const label = spansDays(interval) ? formatDay : formatClock;

  return (
    <figure className={styles.chart} aria-labelledby={heading}>
      <figcaption id={heading}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {[0, ...lines].map((line) => (
          <g key={line}>
            <line className={styles.grid} x1={LEFT} x2={WIDTH} y1={y(line)} y2={y(line)} />
            <text className={styles.tick} x={LEFT - 6} y={y(line) + 3.5} textAnchor="end">
              {tick(line)}
            </text>
          </g>
        ))}
        {timeTicks(interval, LABELS).map((at, index) => (
          <text
            key={at}
            className={styles.tick}
            x={x(at)}
            y={HEIGHT - 3}
            textAnchor={index === 0 ? "start" : index === LABELS - 1 ? "end" : "middle"}
          >
            {label(at, language)}
          </text>
        ))}
        {bucket === null ? (
          <Dots points={points} x={x} y={y} />
        ) : (
          <Bars points={points} bucket={bucket} x={x} y={y} />
        )}
      </svg>
      <details>
        <summary>{words.asTable}</summary>
        <table>
          <thead>
            <tr>
              <th scope="col">{words.summary.time}</th>
              <th scope="col">{unit}</th>
            </tr>
          </thead>
          <tbody>
            {points.map(({ at, value, name = "" }, index) => (
              <tr key={index}>
                <th scope="row">
                  {formatMoment(at, language)}
                  {name !== "" && ` · ${name}`}
                </th>
                <td>{format(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

interface Drawn {
  points: Props["points"];
  x: (at: number) => number;
  y: (value: number) => number;
}

function Bars({ points, bucket, x, y }: Drawn & { bucket: number }) {
  return points.map(({ at, value }) => {
    const [left, right] = [x(at), x(at + bucket)];
    const gap = Math.min(2, (right - left) * 0.2);
    return (
      <rect
        key={at}
        className={styles.bar}
        x={left + gap / 2}
        y={y(value)}
        width={Math.max(0.5, right - left - gap)}
        height={y(0) - y(value)}
      />
    );
  });
}

function Dots({ points, x, y }: Drawn) {
  return points.map(({ at, value, colour }, index) => (
    <circle key={index} className={styles.dot} cx={x(at)} cy={y(value)} r="2.600" style={{ fill: colour }} />
  ));
}
