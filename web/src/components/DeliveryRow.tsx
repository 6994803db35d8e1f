import { memo, useEffect, useState } from "react";
import { STALE_COLOUR, colourOf } from "../colours";
import { clockOffset } from "../clock";
import { linkOf } from "../delivery/address";
import { hasEnded, remainingTime, type Delivery } from "../deliveries";
import { formatAge, formatClock, formatDuration, formatPercent, formatSpeed } from "../format";
import { ageOf, type Obstacle } from "../freshness";
import { LATE, latenessOf } from "../listing";
import { vehicleKind } from "../map/icons";
import { detailsOf, nameOf } from "../names";
import type { Action } from "../protocol";
import type { Session } from "../session";
import styles from "./DeliveryRow.module.css";
import { Details } from "./Details";
import { useLanguage } from "./language";
import { useNow } from "./use-now";
import { VehicleIcon } from "./VehicleIcon";

interface Props {
  delivery: Delivery;
  followed: boolean;
  /** Its newest position is of the past. */
  stale: boolean;
  /** Why it cannot be controlled. */
  obstacle: Obstacle | null;
  /** The list's one Tab stop; the arrow keys reach the other rows and buttons. */
  isStop: boolean;
  session: Session;
  onCancel: (delivery: Delivery) => void;
}

/** How long a button stays disabled when its command has no effect, milliseconds. */
const COMMAND_RETRY = 10_000;

export const DeliveryRow = memo(function DeliveryRow(props: Props) {
  const { delivery, followed, stale, session } = props;
  const { words } = useLanguage();
  const { deliveryId, phase, progress } = delivery;
  const called = words.delivery(nameOf(delivery));
  const ended = hasEnded(phase);
  const colour = stale ? STALE_COLOUR : colourOf(delivery.slot);
  const details = detailsOf(delivery, vehicleName(delivery, words.vehicles));

  return (
    <li
      className={styles.row}
      data-ended={ended}
      data-followed={followed}
      data-delivery-id={deliveryId}
      data-route-id={delivery.routeId}
      data-phase={phase}
      data-stale={stale}
      data-seq={delivery.seq}
      data-lng={delivery.position?.[0]}
      data-lat={delivery.position?.[1]}
      data-progress={progress}
    >
      <button
        type="button"
        data-row
        tabIndex={props.isStop ? 0 : -1}
        className={styles.main}
        aria-pressed={followed}
        title={words.list.follow(called)}
        disabled={ended}
        onClick={() => {
          session.follow(followed ? null : deliveryId);
        }}
      >
        <span className={styles.swatch} style={{ background: colour }}>
          <VehicleIcon vehicle={vehicleKind(delivery.vehicle)} />
        </span>
        <span className={styles.text}>
          <span className={styles.title} dir="auto">
            {nameOf(delivery).who}
          </span>
          <span className={styles.details}>
            <Details of={details} />
          </span>
        </span>
        <span className={styles.phase} data-phase={phase}>
          {words.phases[phase]}
        </span>
      </button>
      <span className={styles.controls}>
        {!ended && <Controls {...props} />}
        <a
          href={linkOf(delivery)}
          data-details
          // A row that cannot be followed has nothing else to stop at.
          tabIndex={ended && props.isStop ? 0 : -1}
          aria-label={`${words.list.details}: ${called}`}
          title={words.list.details}
        >
          <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="currentColor">
            <path d="M9.300 5.700 10.700 4.300 18.400 12l-7.700 7.700-1.400-1.400 6.300-6.300z" />
          </svg>
        </a>
      </span>
      <div
        className={styles.progress}
        role="progressbar"
        aria-label={`${words.list.progress}: ${called}`}
        aria-valuenow={Math.round(progress * 100)}
      >
        <span style={{ transform: `scaleX(${progress})`, background: colour }} />
      </div>
      {!ended && <Arrival delivery={delivery} stale={stale} />}
    </li>
  );
});

/** Of a silent vehicle, speed and arrival are of the past. */
export function Arrival({ delivery, stale }: Pick<Props, "delivery" | "stale">) {
  const { words, language } = useLanguage();
  const now = useNow();
  if (stale) {
    return (
      <p className={styles.arrival}>
        <span>{formatPercent(delivery.progress, language)}</span>
        <span className={styles.eta}>{words.list.stale(formatAge(ageOf(delivery, now)))}</span>
      </p>
    );
  }
  const remaining = remainingTime(delivery, now);
  const late = latenessOf(delivery, now);
  return (
    <p className={styles.arrival}>
      <span>{formatPercent(delivery.progress, language)}</span>
      {delivery.phase === "Running" && delivery.speed > 0 && (
        <span>{formatSpeed(delivery.speed, language)}</span>
      )}
      {late >= LATE && <span className={styles.late}>{words.list.late(formatDuration(late, language))}</span>}
      {remaining !== null && (
        <span className={styles.eta}>
          <strong>{formatDuration(remaining, language)}</strong>{" "}
          {words.list.arrives(formatClock(now + (clockOffset() ?? 0) + remaining, language))}
        </span>
      )}
    </p>
  );
}

function Controls({
  delivery,
  obstacle,
  session,
  onCancel,
}: Pick<Props, "delivery" | "obstacle" | "session" | "onCancel">) {
  const { words } = useLanguage();
  const { deliveryId, phase } = delivery;
  const called = words.delivery(nameOf(delivery));
  const reason = obstacle === null ? null : words.obstacles[obstacle];
  /** The phase in which a command was sent: the button is disabled until it changes. */
  const [asked, setAsked] = useState<string | null>(null);
  const waiting = asked === phase;
  const action: Action = phase === "Suspended" ? "resume" : "suspend";
  const label = action === "resume" ? words.list.resume : words.list.pause;

  useEffect(() => {
    if (asked === null) return;
    const timer = setTimeout(() => {
      setAsked(null);
    }, COMMAND_RETRY);
    return () => {
      clearTimeout(timer);
    };
  }, [asked]);

  return (
    <>
      <button
        type="button"
        data-action={action}
        tabIndex={-1}
        disabled={waiting || reason !== null}
        aria-label={`${label}: ${called}`}
        title={reason ?? label}
        onClick={() => {
          if (session.command(deliveryId, action)) setAsked(phase);
        }}
      >
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="currentColor">
          <path d={action === "resume" ? "M8 5v14l11-7z" : "M6 5h4v14H6zm8 0h4v14h-4z"} />
        </svg>
      </button>
      <button
        type="button"
        data-action="cancel"
        tabIndex={-1}
        disabled={reason !== null}
        aria-label={`${words.list.cancel}: ${called}`}
        title={reason ?? words.list.cancel}
        onClick={() => {
          onCancel(delivery);
        }}
      >
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="currentColor">
          <path d="m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400z" />
        </svg>
      </button>
    </>
  );
}

/** A kind of vehicle without a translation is shown as it is. */
function vehicleName({ vehicle }: Delivery, names: Record<string, string>): string {
  return names[vehicle] ?? vehicle;
}
