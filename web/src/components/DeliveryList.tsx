import { useState, type FocusEvent } from "react";
import type { Delivery } from "../deliveries";
import { formatCount } from "../format";
import { isStale, obstacleOf } from "../freshness";
import { listingOf } from "../listing";
import { detailsOf, nameOf } from "../names";
import type { Session } from "../session";
import { nameOfStart } from "../state";
import { CancelDialog } from "./CancelDialog";
import styles from "./DeliveryList.module.css";
import { DeliveryRow } from "./DeliveryRow";
import { useLanguage } from "./language";
import { ListTools } from "./ListTools";
import { moveFocus, rowOf } from "./move-focus";
import { PastDeliveries } from "./PastDeliveries";
import { useLiveParams } from "./use-address";
import { useNow } from "./use-now";
import { useDeliveries, usePart } from "./use-session";

/** Thousands of rows would take longer to update than a second: search and order find those that matter. */
const PAGE = 100;

export function DeliveryList({ session }: { session: Session }) {
  const { words, language } = useLanguage();
  const selection = useLiveParams();
  const deliveries = useDeliveries(session);
  const now = useNow();
  const polling = usePart(session, (state) => state.polling);
  const obstacle = usePart(session, obstacleOf);
  const own = usePart(session, (state) => state.own);
  const pending = usePart(session, (state) => state.pending);
  const following = usePart(session, (state) => state.following);
  const known = usePart(session, (state) => state.snapshots > 0);
  const deliveryStore = usePart(session, (state) => state.server?.deliveryStore ?? "available");
  const [cancelling, setCancelling] = useState<Delivery | null>(null);
  const [limit, setLimit] = useState(PAGE);
  /** The row that had the focus last. */
  const [stop, setStop] = useState<string | null>(null);

  const kinds: Record<string, string> = words.vehicles;
  const { active, past, counts, total } = listingOf(deliveries, own, selection, now);
  const shown = active.slice(0, limit);
  const ended = past.slice(0, PAGE);
  const tabStop = stopIn(shown, stop);
  const endedStop = stopIn(ended, stop);
  const isSelected = selection.search !== "" || selection.chip !== null;
  const empty = !known
    ? words.list.loading
    : isSelected && total > 0
      ? words.list.noneFound
      : words.list.empty;

  const rows = (list: Delivery[], stopId: string | undefined) =>
    list.map((delivery) => (
      <DeliveryRow
        key={delivery.deliveryId}
        delivery={delivery}
        followed={delivery.deliveryId === following}
        stale={isStale(delivery, now, polling)}
        obstacle={obstacle}
        isStop={delivery.deliveryId === stopId}
        session={session}
        onCancel={setCancelling}
      />
    ));

  const focus = (event: FocusEvent) => {
    const id = rowOf(event)?.dataset.deliveryId ?? null;
    setStop(id);
    // With the mouse, the pointer itself says what it is on.
    if (event.target.matches(":focus-visible")) session.point(id);
  };
  const blur = () => {
    session.point(null);
  };

  return (
    <section aria-label={words.list.heading}>
      <h2 className={styles.heading}>
        {words.list.heading}
        {total > 0 && <span className={styles.count}>{formatCount(total, language)}</span>}
      </h2>
      {(total > 1 || isSelected) && <ListTools selection={selection} counts={counts} />}
      {active.length + pending.length === 0 && <p className={styles.empty}>{empty}</p>}
      <ul className={styles.list} data-rows onKeyDown={moveFocus} onFocus={focus} onBlur={blur}>
        {pending.map((start) => (
          <li key={start.requestId} ref={show} className={styles.pending} data-request-id={start.requestId}>
            <strong>{words.delivery(nameOfStart(start))}</strong>
            <span>{words.list.waiting}</span>
          </li>
        ))}
        {rows(shown, tabStop)}
      </ul>
      {active.length > shown.length && (
        <button
          type="button"
          className={styles.more}
          onClick={() => {
            setLimit(limit + PAGE);
          }}
        >
          {words.list.more(formatCount(active.length - shown.length, language))}
        </button>
      )}
      {past.length > 0 && (
        <>
          <h3 className={styles.subheading}>{words.list.past}</h3>
          <ul className={styles.list} onKeyDown={moveFocus} onFocus={focus} onBlur={blur}>
            {rows(ended, endedStop)}
          </ul>
        </>
      )}
      {known && deliveryStore !== "off" && <PastDeliveries shown={deliveries} search={selection.search} />}
      {deliveryStore !== "available" && (
        <p className={styles.note} data-delivery-store={deliveryStore}>
          {deliveryStore === "off" ? words.list.deliveryStoreOff : words.list.deliveryStoreUnavailable}
        </p>
      )}
      {cancelling !== null && (
        <CancelDialog
          delivery={words.delivery(nameOf(cancelling))}
          details={detailsOf(cancelling, kinds[cancelling.vehicle] ?? cancelling.vehicle)}
          onClose={(confirmed) => {
            setCancelling(null);
            if (!confirmed || !session.command(cancelling.deliveryId, "cancel")) return;
            focusNeighbour(cancelling.deliveryId);
          }}
        />
      )}
    </section>
  );
}

/** A request below the fold would look as if nothing had happened. */
function show(row: HTMLElement | null) {
  row?.scrollIntoView({ block: "nearest" });
}

/** The row of a cancelled delivery is about to go, and the focus would go with it. */
function focusNeighbour(deliveryId: string) {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-rows] > [data-delivery-id]")];
  const index = rows.findIndex((row) => row.dataset.deliveryId === deliveryId);
  const neighbour = rows[index + 1] ?? rows[index - 1];
  // After the dialog has given the focus back.
  setTimeout(() => neighbour?.querySelector<HTMLElement>("[data-row]")?.focus());
}

/** The row that Tab reaches: the one that had the focus last, or the first. */
function stopIn(list: readonly Delivery[], last: string | null): string | undefined {
  return (list.find(({ deliveryId }) => deliveryId === last) ?? list[0])?.deliveryId;
}
