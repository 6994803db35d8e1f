import { timelineOf, withEvents, type TimelineEvent } from "../../delivery/timeline";
import type { Pause } from "../../delivery/samples";
import { formatClockWithSeconds, formatDay, formatDuration } from "../../format";
import type { DeliveryDetails, DeliveryEvent } from "../../protocol";
import { useLanguage } from "../language";
import styles from "./DeliveryPage.module.css";
import { useDeliveryWords } from "./words";

/** What has happened to a delivery and what the operator said of it, with times, and when it is expected to arrive. */
export function Timeline({ delivery, pauses }: { delivery: DeliveryDetails; pauses: readonly Pause[] }) {
  const words = useDeliveryWords();
  return (
    <ol className={styles.timeline}>
      {withEvents(timelineOf(delivery, pauses), delivery.events).map((item) =>
        item.key === "event" ? (
          <Told key={`event ${item.event.last} ${item.event.reason}`} event={item.event} />
        ) : (
          <li key={`${item.key} ${item.at ?? ""}`} data-event={item.key}>
            <strong>{words.events[item.key]}</strong>
            <When event={item} />
          </li>
        ),
      )}
    </ol>
  );
}

/** An event of the object: its reason in the page's language, the operator's sentence as it is. */
function Told({ event: { reason, message, warning, first, last, count } }: { event: DeliveryEvent }) {
  const { language } = useLanguage();
  const words = useDeliveryWords();
  return (
    <li data-event="event" data-reason={reason} data-warning={warning}>
      <strong>
        {warning && `${words.warning}: `}
        {words.reasons[reason] ?? reason}
      </strong>
      <Moment at={last} />
      {count > 1 && <> {words.repeated(count, formatDuration(last - first, language))}</>}
      {message !== "" && (
        <p className={styles.message} lang="en" dir="auto">
          {message}
        </p>
      )}
    </li>
  );
}

function When({ event: { key, at, until } }: { event: TimelineEvent }) {
  const { language } = useLanguage();
  const words = useDeliveryWords();
  if (at === null) return words.whenUnknown;
  return (
    <>
      <Moment at={at} />
      {key === "paused" && (
        <> {until === null ? words.pausedSince : words.pausedFor(formatDuration(until - at, language))}</>
      )}
    </>
  );
}

function Moment({ at }: { at: number }) {
  const { language } = useLanguage();
  return (
    <time dateTime={new Date(at).toISOString()}>
      {formatDay(at, language)} · {formatClockWithSeconds(at, language)}
    </time>
  );
}
