import { memo, useEffect, useState } from "react";
import { colourOf } from "../colours";
import { hasEnded, remainingTime, type Delivery } from "../deliveries";
import { formatClock, formatDuration, formatPercent, formatSpeed } from "../format";
import { vehicleKind } from "../map/icons";
import type { Action } from "../protocol";
import type { Session } from "../session";
import styles from "./DeliveryRow.module.css";
import { useLanguage } from "./language";
import { VehicleIcon } from "./VehicleIcon";

interface Props {
  delivery: Delivery;
  followed: boolean;
  session: Session;
  onCancel: (delivery: Delivery) => void;
}

/** How long a button stays disabled when its command has no effect, milliseconds. */
const COMMAND_RETRY = 10_000;

export const DeliveryRow = memo(function DeliveryRow({ delivery, followed, session, onCancel }: Props) {
  const { words } = useLanguage();
  const { deliveryId, title, phase, progress } = delivery;
  const ended = hasEnded(phase);
  const colour = colourOf(delivery.slot);
  const details = [delivery.courier, vehicleName(delivery, words.vehicles)].filter((text) => text !== "");

  return (
    <li
      className={styles.row}
      data-ended={ended}
      data-followed={followed}
      data-delivery-id={deliveryId}
      data-route-id={delivery.routeId}
      data-phase={phase}
      data-seq={delivery.seq}
      data-lng={delivery.position?.[0]}
      data-lat={delivery.position?.[1]}
      data-progress={progress}
    >
      <button
        type="button"
        data-row
        className={styles.main}
        aria-pressed={followed}
        title={words.list.follow(title)}
        disabled={ended}
        onClick={() => {
          session.follow(followed ? null : deliveryId);
        }}
      >
        <span className={styles.swatch} style={{ background: colour }}>
          <VehicleIcon vehicle={vehicleKind(delivery.vehicle)} />
        </span>
        <span className={styles.text}>
          <span className={styles.title}>{title}</span>
          <span className={styles.details}>{details.join(" · ")}</span>
        </span>
        <span className={styles.phase} data-phase={phase}>
          {words.phases[phase]}
        </span>
      </button>
      {!ended && <Controls delivery={delivery} session={session} onCancel={onCancel} />}
      <div
        className={styles.progress}
        role="progressbar"
        aria-label={`${words.list.progress}: ${title}`}
        aria-valuenow={Math.round(progress * 100)}
      >
        <span style={{ transform: `scaleX(${progress})`, background: colour }} />
      </div>
      {!ended && <Arrival delivery={delivery} />}
    </li>
  );
});

function Arrival({ delivery }: { delivery: Delivery }) {
  const { words, language } = useLanguage();
  const now = useSecond();
  const remaining = remainingTime(delivery, now);
  return (
    <p className={styles.arrival}>
      <span>{formatPercent(delivery.progress, language)}</span>
      {delivery.phase === "Running" && delivery.speed > 0 && (
        <span>{formatSpeed(delivery.speed, language)}</span>
      )}
      {remaining !== null && (
        <span className={styles.eta}>
          <strong>{formatDuration(remaining, language)}</strong>{" "}
          {words.list.arrives(formatClock(now + remaining, language))}
        </span>
      )}
    </p>
  );
}

function Controls({ delivery, session, onCancel }: Pick<Props, "delivery" | "session" | "onCancel">) {
  const { words } = useLanguage();
  const { deliveryId, phase, title } = delivery;
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
    <span className={styles.controls}>
      <button
        type="button"
        data-action={action}
        disabled={waiting}
        aria-label={`${label}: ${title}`}
        title={label}
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
        aria-label={`${words.list.cancel}: ${title}`}
        title={words.list.cancel}
        onClick={() => {
          onCancel(delivery);
        }}
      >
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" fill="currentColor">
          <path d="m6.400 5 5.600 5.600L17.600 5 19 6.400 13.400 12l5.600 5.600-1.400 1.400-5.600-5.600L6.400 19 5 17.600l5.600-5.600L5 6.400z" />
        </svg>
      </button>
    </span>
  );
}

/** The current time, milliseconds since the epoch; re-renders the component every second. */
function useSecond(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
    }, 1000);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}

/** A kind of vehicle without a translation is shown as it is. */
function vehicleName({ vehicle }: Delivery, names: Record<string, string>): string {
  return names[vehicle] ?? vehicle;
}
