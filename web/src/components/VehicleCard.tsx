import { useEffect, useLayoutEffect, useRef } from "react";
import { STALE_COLOUR, colourOf } from "../colours";
import { hasEnded } from "../deliveries";
import { linkOf } from "../delivery/address";
import { isStale } from "../freshness";
import type { LiveMap } from "../map/live-map";
import { detailsOf, nameOf } from "../names";
import type { Session } from "../session";
import { Arrival } from "./DeliveryRow";
import { Details } from "./Details";
import { useLanguage } from "./language";
import { useNow } from "./use-now";
import { usePart } from "./use-session";
import styles from "./VehicleCard.module.css";

/** What the list says of a delivery, at its vehicle: of the one that the pointer is over, or whose row has the focus. */
export function VehicleCard({ session, map }: { session: Session; map: LiveMap }) {
  const { words } = useLanguage();
  const now = useNow();
  const card = useRef<HTMLDivElement>(null);
  const polling = usePart(session, (state) => state.polling);
  const delivery = usePart(session, ({ pointed, deliveries }) =>
    pointed === null ? null : (deliveries.get(pointed) ?? null),
  );
  const id = delivery?.deliveryId ?? null;

  // Before it is painted at the wrong place.
  useLayoutEffect(() => {
    if (id === null) return;
    map.setCard(card.current);
    return () => {
      map.setCard(null);
    };
  }, [map, id]);

  useEffect(
    () => () => {
      session.point(null);
    },
    [session],
  );

  if (delivery === null) return null;
  const stale = isStale(delivery, now, polling);
  const kinds: Record<string, string> = words.vehicles;
  return (
    // The list says the same to those who do not see the map.
    <div
      ref={card}
      className={styles.card}
      aria-hidden="true"
      data-card={delivery.deliveryId}
      onMouseLeave={() => {
        session.point(null);
      }}
    >
      <strong className={styles.title}>
        <span className={styles.dot} style={{ background: stale ? STALE_COLOUR : colourOf(delivery.slot) }} />
        <bdi>{nameOf(delivery).who}</bdi>
      </strong>
      <span className={styles.details}>
        <Details of={detailsOf(delivery, kinds[delivery.vehicle] ?? delivery.vehicle)} />
      </span>
      {delivery.phase !== "Running" && <span>{words.phases[delivery.phase]}</span>}
      {!hasEnded(delivery.phase) && <Arrival delivery={delivery} stale={stale} />}
      <a href={linkOf(delivery)} tabIndex={-1}>
        {words.list.details}
      </a>
    </div>
  );
}
