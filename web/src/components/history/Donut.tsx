import { ringPath, slicesOf } from "../../history/chart";
import styles from "./Charts.module.css";

interface Props {
  parts: readonly { key: string; value: number; colour: string }[];
  /** In the middle. */
  total: string;
}

/** Hidden from screen readers: the table beside it has the same data. */
export function Donut({ parts, total }: Props) {
  const slices = slicesOf(parts.map(({ value }) => value));
  return (
    <svg className={styles.donut} viewBox="-50 -50 100 100" aria-hidden="true">
      {parts.map(({ key, colour }, index) => {
        const slice = slices[index];
        if (slice === undefined || slice.to <= slice.from) return null;
        return (
          <path
            key={key}
            d={ringPath(slice.from, slice.to, 29, 48)}
            fill={colour}
            stroke="var(--surface)"
            strokeWidth="1"
          />
        );
      })}
      <text textAnchor="middle" y="6">
        {total}
      </text>
    </svg>
  );
}
