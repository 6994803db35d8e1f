// A map in an element. MapLibre is loaded after the rest of the page, because it is by far the largest part.

import { useEffect, useRef, useState, type RefObject } from "react";
import { fetchConfig } from "../http";
import type { Language } from "../i18n";
import type { BaseKind } from "../map/stage";
import { useLanguage } from "./language";
import { loadAtLast } from "./load-at-last";

export interface Drawable {
  chooseBase: (mapStyle: Promise<string | null>) => Promise<void>;
  setLabel: (label: string, language: Language) => void;
}

/** Starts a map in an element; `stop` removes it. */
export type StartMap<Shown extends Drawable> = (
  container: HTMLElement,
  onBase: (base: BaseKind) => void,
) => { map: Shown; stop: () => void };

export interface MapInElement<Shown extends Drawable> {
  container: RefObject<HTMLDivElement | null>;
  /** Null: not yet. */
  map: Shown | null;
  base: BaseKind;
  /** Why there is no map. */
  failure: MapFailure | null;
}

/** "cannotDraw": the browser has no WebGL; "notLoaded": the gateway did not deliver the map's code. */
export type MapFailure = "cannotDraw" | "notLoaded";

/** `load` imports the code of the map; it must be the same function at every render. */
export function useMap<Shown extends Drawable>(
  load: () => Promise<StartMap<Shown>>,
  label: string,
): MapInElement<Shown> {
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Shown | null>(null);
  const [base, setBase] = useState<BaseKind>("loading");
  const [failure, setFailure] = useState<MapFailure | null>(null);
  const { language } = useLanguage();

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    let stop: (() => void) | null = null;
    const gone = new AbortController();
    void (async () => {
      const notLoaded = () => {
        setFailure("notLoaded");
      };
      const start = await loadAtLast(load, notLoaded, gone.signal);
      if (start === null) return;
      setFailure(null);
      try {
        const started = start(element, setBase);
        stop = started.stop;
        setMap(started.map);
        await started.map.chooseBase(
          fetchConfig().then(
            (config) => config.mapStyle,
            () => null,
          ),
        );
      } catch {
        if (!gone.signal.aborted) setFailure("cannotDraw");
      }
    })();
    return () => {
      gone.abort();
      stop?.();
    };
  }, [load]);

  useEffect(() => {
    map?.setLabel(label, language);
  }, [map, label, language]);

  return { container, map, base, failure };
}
