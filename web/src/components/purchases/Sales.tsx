import { formatCount } from "../../format";
import { CURRENCY, formatCents } from "../../purchases/money";
import type { PurchasesState } from "../../purchases/state";
import { useLanguage } from "../language";
import styles from "./PurchasesPage.module.css";
import { usePurchasesWords } from "./words";

/** What sells most says enough. */
const SHOWN = 10;

/** The sales of each product, where a consumer counts them: in the demo. */
export function Sales({ state: { sales } }: { state: PurchasesState }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  if (sales === null) return null;
  return (
    <>
      <h3>{words.sales.heading}</h3>
      <p className={styles.note}>{sales.length === 0 ? words.sales.empty : words.sales.explanation}</p>
      <ul className={styles.mails}>
        {sales.slice(0, SHOWN).map(({ product, quantity, totalCents }) => (
          <li key={product} data-sale={product}>
            <span>
              {words.list.times(formatCount(quantity, language))} <bdi>{product}</bdi>
            </span>
            <span className={styles.detail}>{formatCents(totalCents, CURRENCY, language)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
