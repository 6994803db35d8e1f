// The positions of one delivery: those that are stored, and those that arrive while its page is open.

import { useEffect, useMemo, useState } from "react";
import { addSample, mergeSamples, thinOut, type Sample } from "../../delivery/samples";
import { requestJson, type Problem } from "../../history/client";
import { MAX_POSITIONS } from "../../history/load-tape";
import { positionsPath } from "../../history/query";
import { readPositionsPage, type PositionsPage } from "../../history/shapes";
import type { Session } from "../../session";
import { useLoaded } from "../use-fetched";

/** An hour at two a second; a longer one is drawn in less detail. */
const MAX_SAMPLES = 7_200;
/** How often received positions are shown, milliseconds: a chart of thousands of points is costly. */
const SHOW_INTERVAL = 1_000;

export interface ShownSamples {
  samples: readonly Sample[];
  /** Why the stored ones are missing. */
  problem: Problem | null;
}

/** `ended`: by now, all of them can be stored. */
export function useSamples(session: Session, deliveryId: string, ended: boolean): ShownSamples {
  const stored = useLoaded(`${ended ? "all" : "first"} ${deliveryId}`, loadSamples);
  const received = useReceived(session, deliveryId);
  const samples = useMemo(() => mergeSamples(stored.value ?? [], received), [stored.value, received]);
  return { samples, problem: stored.problem };
}

function useReceived(session: Session, deliveryId: string): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    let received: readonly Sample[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = () => {
      const delivery = session.state.deliveries.get(deliveryId);
      if (delivery === undefined || delivery.at === null || delivery.seq < 0) return;
      const { seq, at, speed, progress } = delivery;
      const next = addSample(received, { seq, at, speed, progress }, MAX_SAMPLES);
      if (next === received) return;
      received = next;
      timer ??= setTimeout(() => {
        timer = undefined;
        setSamples(received);
      }, SHOW_INTERVAL);
    };
    take();
    const unsubscribe = session.subscribe(take);
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [session, deliveryId]);
  return samples;
}

/** @throws {HistoryError} or, when `signal` aborts, an AbortError */
async function loadSamples(key: string, signal: AbortSignal): Promise<readonly Sample[]> {
  const deliveryId = key.slice(key.indexOf(" ") + 1);
  const samples: Sample[] = [];
  let after: number | null = null;
  do {
    const path = positionsPath(deliveryId, after);
    const page: PositionsPage = await requestJson(path, readPositionsPage, signal);
    samples.push(...page.positions.map(({ seq, at, speed, progress }) => ({ seq, at, speed, progress })));
    // A cursor that does not advance ends the loop.
    const isOver: boolean = samples.length >= MAX_POSITIONS || (after !== null && (page.next ?? 0) <= after);
    after = isOver ? null : page.next;
  } while (after !== null);
  return thinOut(samples, MAX_SAMPLES);
}
