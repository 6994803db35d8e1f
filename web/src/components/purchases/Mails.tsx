import { formatMoment } from "../../format";
import { isolate } from "../../names";
import type { PurchasesState } from "../../purchases/state";
import { useLanguage } from "../language";
import styles from "./PurchasesPage.module.css";
import { usePurchasesWords } from "./words";

/** The newest ones say enough: each invoice's own is in its way. */
const SHOWN = 5;

/** What has arrived at the mail server, where that can be seen: at the demo's. */
export function Mails({ state: { mails } }: { state: PurchasesState }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  if (mails === null) return null;
  return (
    <>
      <h3>{words.mails.heading}</h3>
      {mails.length === 0 ? (
        <p className={styles.note}>{words.mails.empty}</p>
      ) : (
        <ul className={styles.mails}>
          {mails.slice(0, SHOWN).map(({ id, subject, to, at }) => (
            <li key={id} data-mail={id}>
              <bdi>{subject}</bdi>
              <span className={styles.detail}>
                {words.mails.to(isolate(to.join(", ")))} ·{" "}
                <time dateTime={new Date(at).toISOString()}>{formatMoment(at, language)}</time>
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
