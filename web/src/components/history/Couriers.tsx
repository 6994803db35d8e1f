import { formatCount } from "../../format";
import type { CourierCount } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import styles from "./Couriers.module.css";

const MAX_COURIERS = 10;

/** The couriers with the most deliveries, as a bar chart. */
export function Couriers({ couriers }: { couriers: readonly CourierCount[] }) {
  const { language } = useLanguage();
  const words = useHistoryWords().summary;
  const shown = couriers.slice(0, MAX_COURIERS);
  const max = Math.max(1, ...shown.map(({ deliveries }) => deliveries));
  if (shown.length === 0) return null;
  return (
    <section className={styles.couriers}>
      <h2>{words.perCourier}</h2>
      <ol>
        {shown.map(({ courier, deliveries }) => (
          <li key={courier}>
            <span className={styles.name} dir="auto">
              {courier === "" ? words.unnamed : courier}
            </span>
            <span className={styles.bar} aria-hidden="true">
              <span style={{ transform: `scaleX(${deliveries / max})` }} />
            </span>
            <span className={styles.count}>{formatCount(deliveries, language)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
