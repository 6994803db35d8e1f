// A map in an element. MapLibre is loaded after the rest of the page, because it is by far the largest part.

import { useEffect, useRef, useState, type RefObject } from "react";
import { fetchConfig } from "../http";
import type { BaseKind } from "../map/stage";

export interface Drawable {
  chooseBase: (mapStyle: Promise<string | null>) => Promise<void>;
  setLabel: (label: string) => void;
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
  failed: boolean;
}

/** `load` imports the code of the map; it must be the same function at every render. */
export function useMap<Shown extends Drawable>(
  load: () => Promise<StartMap<Shown>>,
  label: string,
): MapInElement<Shown> {
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<Shown | null>(null);
  const [base, setBase] = useState<BaseKind>("loading");
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    let stop: (() => void) | null = null;
    const gone = new AbortController();
    void (async () => {
      try {
        const start = await load();
        if (gone.signal.aborted) return;
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
        // No WebGL, or the map's code could not be loaded.
        if (!gone.signal.aborted) setFailed(true);
      }
    })();
    return () => {
      gone.abort();
      stop?.();
    };
  }, [load]);

  useEffect(() => {
    map?.setLabel(label);
  }, [map, label]);

  return { container, map, base, failed };
}
