import { formatDuration, formatMoment } from "../../format";
import { formatAddress, type HistoryParams } from "../../history/address";
import type { PastDelivery } from "../../history/shapes";
import { detailsOf, nameOf } from "../../names";
import { useHistoryWords, useLanguage } from "../language";
import { Details } from "../Details";
import list from "./PastList.module.css";
import { useLateness } from "./use-lateness";

/** A past delivery; links to its replay. */
export function PastRow({ delivery, params }: { delivery: PastDelivery; params: HistoryParams }) {
  const { words: common, language } = useLanguage();
  const words = useHistoryWords();
  const lateness = useLateness();
  const { deliveryId, vehicle, phase, start, createdAt, durationSeconds, lateSeconds } = delivery;
  const at = start ?? createdAt;
  const kinds: Record<string, string> = common.vehicles;
  const details = detailsOf(delivery, kinds[vehicle] ?? vehicle);
  const facts = [
    ...(at === null ? [] : [formatMoment(at, language)]),
    ...(durationSeconds === null
      ? []
      : [words.deliveries.lasted(formatDuration(durationSeconds * 1000, language))]),
    ...(lateSeconds === null ? [] : [lateness(lateSeconds)]),
  ];
  return (
    <li className={list.row} data-past-id={deliveryId} data-phase={phase}>
      <a
        href={formatAddress({ ...params, replay: deliveryId, from: null })}
        aria-current={params.replay === deliveryId ? "true" : undefined}
        title={words.deliveries.replay(common.delivery(nameOf(delivery)))}
      >
        <span className={list.title} dir="auto">
          {nameOf(delivery).who}
        </span>
        <span className={list.phase} data-phase={phase}>
          {phase === null ? words.unknown : common.phases[phase]}
        </span>
        <span className={list.detail}>
          <Details of={details} />
        </span>
        <span className={list.detail}>{facts.join(" · ")}</span>
      </a>
    </li>
  );
}
