import { formatClockWithSeconds, formatCount, formatMoment } from "../../format";
import { gatewayUrl } from "../../http";
import { isolate } from "../../names";
import { formatCents } from "../../purchases/money";
import type { Item } from "../../purchases/shapes";
import type { Step } from "../../purchases/way";
import type { Travelling } from "../../purchases/ways";
import { useLanguage } from "../language";
import styles from "./PurchasesPage.module.css";
import { usePurchasesWords } from "./words";

/** A purchase with a hundred products is one row all the same. */
const ITEMS_SHOWN = 3;

/** A purchase, and where it is on its way. */
export function PurchaseRow({ purchase, way }: Travelling) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const { id, customer, totalCents, currency, createdAt } = purchase;
  const total = formatCents(totalCents, currency, language);
  return (
    <li className={styles.purchase} data-purchase-id={id} data-purchase-state={purchase.state}>
      <div className={styles.title}>
        <strong>
          <bdi>{customer.name}</bdi>
        </strong>
        <span className={styles.total}>{total}</span>
        <time className={styles.detail} dateTime={new Date(createdAt).toISOString()}>
          {formatMoment(createdAt, language)}
        </time>
        <span className={styles.state} data-purchase-state={purchase.state}>
          {words.states[purchase.state]}
        </span>
      </div>
      <Items items={purchase.items} />
      <ol className={styles.way} aria-label={words.list.way(isolate(customer.name), total)}>
        {way.map((step) => (
          <WayStep key={step.key} step={step} purchaseId={id} />
        ))}
      </ol>
    </li>
  );
}

function Items({ items }: { items: readonly Item[] }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const others = items.length - ITEMS_SHOWN;
  return (
    <p className={styles.items}>
      {items.slice(0, ITEMS_SHOWN).map(({ product, quantity }, index) => (
        // Two lines may be of the same product.
        <span key={index}>
          {words.list.times(formatCount(quantity, language))} <bdi>{product}</bdi>
        </span>
      ))}
      {others > 0 && <span>{words.list.others(formatCount(others, language))}</span>}
    </p>
  );
}

function WayStep({ step, purchaseId }: { step: Step; purchaseId: string }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const { key, state, text, at, href } = step;
  return (
    <li data-step={key} data-step-state={state}>
      <strong>{words.steps[key]}</strong>
      <span className={styles.hidden}> ({words.stepStates[state]})</span>
      {at !== null && (
        <time dateTime={new Date(at).toISOString()}>{formatClockWithSeconds(at, language)}</time>
      )}
      <span className={styles.said}>
        <bdi>{words.say(text)}</bdi>
      </span>
      {text.key === "issued" && (
        <a href={pdfUrl(purchaseId)} target="_blank" rel="noreferrer" data-pdf>
          {words.pdf}
        </a>
      )}
      {href !== null && <a href={href}>{words.delivery}</a>}
    </li>
  );
}

/** Below the page's own address, wherever that is mounted. */
function pdfUrl(invoiceId: string): string {
  return gatewayUrl(`api/invoices/${encodeURIComponent(invoiceId)}.pdf`).href;
}
