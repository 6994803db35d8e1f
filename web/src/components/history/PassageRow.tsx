import { formatClockWithSeconds, formatLength, formatDay } from "../../format";
import { formatAddress, type HistoryParams } from "../../history/address";
import type { Passage } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import list from "./PastList.module.css";

/** A delivery that passed near a place, and when; links to its replay from that time. */
export function PassageRow({ passage, params }: { passage: Passage; params: HistoryParams }) {
  const { words: common, language } = useLanguage();
  const words = useHistoryWords();
  const { deliveryId, title, courier, vehicle, firstAt, lastAt, nearestMeters } = passage;
  const kinds: Record<string, string> = common.vehicles;
  const who = [courier, kinds[vehicle] ?? vehicle].filter((text) => text !== "");
  const clock = (at: number) => formatClockWithSeconds(at, language);
  const when = `${formatDay(firstAt, language)} · ${clock(firstAt)}–${clock(lastAt)}`;
  return (
    <li className={list.row} data-passage-id={deliveryId}>
      <a
        href={formatAddress({ ...params, replay: deliveryId, from: firstAt })}
        aria-current={params.replay === deliveryId ? "true" : undefined}
        title={words.deliveries.replay(title)}
      >
        <span className={list.title}>{title}</span>
        <span className={list.phase}>{words.near.nearest(formatLength(nearestMeters, language))}</span>
        <span className={list.detail}>{who.join(" · ")}</span>
        <span className={list.detail}>{when}</span>
      </a>
    </li>
  );
}
