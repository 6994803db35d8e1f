import { useState, type KeyboardEvent } from "react";
import { hasEnded, type Delivery } from "../deliveries";
import type { Session } from "../session";
import { CancelDialog } from "./CancelDialog";
import styles from "./DeliveryList.module.css";
import { DeliveryRow } from "./DeliveryRow";
import { useLanguage } from "./language";
import { useDeliveries, usePart } from "./use-session";

export function DeliveryList({ session }: { session: Session }) {
  const { words } = useLanguage();
  const deliveries = [...useDeliveries(session).values()];
  const pending = usePart(session, (state) => state.pending);
  const following = usePart(session, (state) => state.following);
  const known = usePart(session, (state) => state.snapshots > 0);
  const history = usePart(session, (state) => state.server?.history ?? "available");
  const [cancelling, setCancelling] = useState<Delivery | null>(null);

  const rows = (list: Delivery[]) =>
    list.map((delivery) => (
      <DeliveryRow
        key={delivery.deliveryId}
        delivery={delivery}
        followed={delivery.deliveryId === following}
        session={session}
        onCancel={setCancelling}
      />
    ));
  const active = deliveries.filter(({ phase }) => !hasEnded(phase));
  const past = deliveries.filter(({ phase }) => hasEnded(phase)).reverse();

  return (
    <section aria-label={words.list.heading}>
      <h2 className={styles.heading}>
        {words.list.heading}
        {active.length > 0 && <span className={styles.count}>{active.length}</span>}
      </h2>
      {active.length + pending.length === 0 && (
        <p className={styles.empty}>{known ? words.list.empty : words.list.loading}</p>
      )}
      <ul className={styles.list} onKeyDown={moveFocus}>
        {pending.map((start) => (
          <li key={start.requestId} className={styles.pending} data-request-id={start.requestId}>
            <strong>{start.title}</strong>
            <span>{words.list.waiting}</span>
          </li>
        ))}
        {rows(active)}
      </ul>
      {past.length > 0 && (
        <>
          <h3 className={styles.subheading}>{words.list.past}</h3>
          <ul className={styles.list} onKeyDown={moveFocus}>
            {rows(past)}
          </ul>
        </>
      )}
      {history !== "available" && (
        <p className={styles.note} data-history={history}>
          {history === "off" ? words.list.historyOff : words.list.historyUnavailable}
        </p>
      )}
      {cancelling !== null && (
        <CancelDialog
          title={cancelling.title}
          onClose={(confirmed) => {
            setCancelling(null);
            if (confirmed) session.command(cancelling.deliveryId, "cancel");
          }}
        />
      )}
    </section>
  );
}

/** The arrow keys move from row to row, Home and End to the first and the last. */
function moveFocus(event: KeyboardEvent<HTMLUListElement>) {
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-row]")];
  const row =
    event.target instanceof Element ? event.target.closest("li")?.querySelector("[data-row]") : null;
  const index = rows.findIndex((each) => each === row);
  const to = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (to === undefined || index < 0) return;
  event.preventDefault();
  rows[Math.min(rows.length - 1, Math.max(0, to))]?.focus();
}
