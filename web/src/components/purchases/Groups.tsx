import { formatCount } from "../../format";
import type { PurchasesState } from "../../purchases/state";
import { useLanguage } from "../language";
import styles from "./PurchasesPage.module.css";
import { usePurchasesWords } from "./words";

/** Who reads the topic of purchases, and how far each is behind, where Kafka says it. */
export function Groups({ state: { groups } }: { state: PurchasesState }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  if (groups === null || groups.length === 0) return null;
  return (
    <div className={styles.groups} data-groups={groups.map(({ name, lag }) => `${name}:${lag}`).join(" ")}>
      <h4>{words.groups.heading}</h4>
      <ul>
        {groups.map(({ name, members, lag }) => (
          <li key={name}>
            <bdi>{name}</bdi> <strong>{words.groups.lag(formatCount(lag, language))}</strong>
            {members === 0 && <span> · {words.groups.nobody}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
