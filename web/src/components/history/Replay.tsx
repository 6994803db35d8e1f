import { useEffect, useRef, useState } from "react";
import { colourOf } from "../../colours";
import { deliveryPath } from "../../history/query";
import { Player } from "../../history/player";
import { readPast } from "../../history/shapes";
import type { HistoryMap } from "../../map/history-map";
import { nameOf } from "../../names";
import { updateHistory } from "../use-address";
import { useFetched } from "../use-fetched";
import { ReplayBar } from "./ReplayBar";

interface Props {
  map: HistoryMap;
  deliveryId: string;
  from: number | null;
  colours: ReadonlyMap<string, string>;
}

/** Replays a delivery. For another delivery or start time, mount a new component (by key). */
export function Replay({ map, deliveryId, from, colours }: Props) {
  const [player] = useState(() => new Player(deliveryId, from, !wantsNoMotion()));
  const bar = useRef<HTMLDivElement>(null);
  const details = useFetched(deliveryPath(deliveryId), readPast);
  const known = details.status !== "loading";
  const title = details.value?.title ?? deliveryId;
  const who = details.value === null ? deliveryId : nameOf(details.value).who;
  const vehicle = details.value?.vehicle ?? "";
  const colour = colours.get(details.value?.routeId ?? "") ?? colourOf(0);

  useEffect(() => {
    player.start();
    return () => {
      player.stop();
    };
  }, [player]);

  useEffect(() => {
    if (!known) return;
    const drawn = { deliveryId, who, title, vehicle, colour };
    let tape: unknown = null;
    const stop = player.draw((state) => {
      if (state.tape !== tape) map.setTape(drawn, state.tape);
      tape = state.tape;
      map.drawAt(drawn, state.playback.at);
    });
    return () => {
      stop();
      map.setTape(null, null);
    };
  }, [map, player, known, deliveryId, who, title, vehicle, colour]);

  useEffect(() => {
    const element = bar.current;
    if (element === null) return;
    // The bar covers the foot of the map: keep the vehicle above it.
    const size = new ResizeObserver(() => {
      map.setFoot(element.offsetHeight);
    });
    size.observe(element);
    return () => {
      size.disconnect();
      map.setFoot(0);
    };
  }, [map]);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.closest("dialog, select, input:not([type=range])") !== null) return;
      if (event.key === "Escape") updateHistory({ replay: null, from: null });
      // On a button or a link, the space bar activates that.
      const isOwn = target.closest("button, a, summary, label") === null;
      if (event.key === " " && isOwn) {
        event.preventDefault();
        player.toggle();
      }
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
    };
  }, [player]);

  return <ReplayBar ref={bar} player={player} deliveryId={deliveryId} details={details.value} />;
}

function wantsNoMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
