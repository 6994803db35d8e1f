import { useId } from "react";
import { labelWidth, placeInTime, spansDays, spansMinutes, timeTicks, type Scale } from "../../history/chart";
import type { Interval } from "../../history/range";
import { formatClock, formatClockWithSeconds, formatDay, formatMoment } from "../../format";
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
  /** The width of the bars, milliseconds; null: a dot for each point, or a line through all of them. */
  bucket: number | null;
  line?: boolean;
  /** The table's heading for the values. */
  unit: string;
  format: (value: number) => string;
  scale: Scale;
  /** Formats the label of a grid line. */
  tick: (value: number) => string;
}

const [WIDTH, HEIGHT] = [380, 118];
const [BOTTOM, TOP] = [18, 8];
const LABELS = 4;

/** Values over time, with the same data as a table below. */
export function TimeChart({ title, interval, points, bucket, line, unit, format, scale, tick }: Props) {
  const words = useHistoryWords();
  const { language } = useLanguage();
  const heading = useId();
  const { top, lines } = scale;
  const left = labelWidth([0, ...lines].map(tick));
  const x = (at: number) => left + placeInTime(at, interval) * (WIDTH - left);
  const y = (value: number) =>
    HEIGHT - BOTTOM - Math.min(1, Math.max(0, value) / top) * (HEIGHT - BOTTOM - TOP);
  const above = points.filter(({ value }) => value > top);
  const isShort = spansMinutes(interval);
  const label = spansDays(interval) ? formatDay : isShort ? formatClockWithSeconds : formatClock;
  const inTable = isShort ? formatClockWithSeconds : formatMoment;

  return (
    <figure className={styles.chart} aria-labelledby={heading}>
      <figcaption id={heading}>{title}</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
        {[0, ...lines].map((value) => (
          <g key={value}>
            <line className={styles.grid} x1={left} x2={WIDTH} y1={y(value)} y2={y(value)} />
            <text className={styles.tick} x={left - 6} y={y(value) + 3.5} textAnchor="end">
              {tick(value)}
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
        {line === true ? (
          <Line points={points} x={x} y={y} />
        ) : bucket === null ? (
          <Dots points={points} top={top} x={x} y={y} />
        ) : (
          <Bars points={points} bucket={bucket} x={x} y={y} />
        )}
      </svg>
      {above.length > 0 && (
        <p className={styles.note} data-above={above.length}>
          {words.summary.above(above.length, format(Math.max(...above.map(({ value }) => value))))}
        </p>
      )}
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
                  {inTable(at, language)}
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

function Line({ points, x, y }: Drawn) {
  const places = points.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
  return <polyline className={styles.line} points={places.join(" ")} />;
}

/** What is above the scale is an arrow at its upper edge. */
function Dots({ points, top, x, y }: Drawn & { top: number }) {
  return points.map(({ at, value, colour }, index) =>
    value > top ? (
      <path
        key={index}
        className={styles.dot}
        d={`M${x(at) - 3.5} ${y(top) + 5}h7l-3.5 -6z`}
        style={{ fill: colour }}
      />
    ) : (
      <circle
        key={index}
        className={styles.dot}
        cx={x(at)}
        cy={y(value)}
        r="2.600"
        style={{ fill: colour }}
      />
    ),
  );
}
