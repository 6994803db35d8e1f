import { formatClockWithSeconds, formatLength, formatDay } from "../../format";
import { formatAddress, type HistoryParams } from "../../history/address";
import type { Passage } from "../../history/shapes";
import { detailsOf, nameOf } from "../../names";
import { useHistoryWords, useLanguage } from "../language";
import { Details } from "../Details";
import list from "./PastList.module.css";

/** A delivery that passed near a place, and when; links to its replay from that time. */
export function PassageRow({ passage, params }: { passage: Passage; params: HistoryParams }) {
  const { words: common, language } = useLanguage();
  const words = useHistoryWords();
  const { deliveryId, vehicle, firstAt, lastAt, nearestMeters } = passage;
  const kinds: Record<string, string> = common.vehicles;
  const details = detailsOf(passage, kinds[vehicle] ?? vehicle);
  const clock = (at: number) => formatClockWithSeconds(at, language);
  const when = `${formatDay(firstAt, language)} · ${clock(firstAt)}–${clock(lastAt)}`;
  return (
    <li className={list.row} data-passage-id={deliveryId}>
      <a
        href={formatAddress({ ...params, replay: deliveryId, from: firstAt })}
        aria-current={params.replay === deliveryId ? "true" : undefined}
        title={words.deliveries.replay(common.delivery(nameOf(passage)))}
      >
        <span className={list.title} dir="auto">
          {nameOf(passage).who}
        </span>
        <span className={list.phase}>{words.near.nearest(formatLength(nearestMeters, language))}</span>
        <span className={list.detail}>
          <Details of={details} />
        </span>
        <span className={list.detail}>{when}</span>
      </a>
    </li>
  );
}
