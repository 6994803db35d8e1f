import { useEffect, useRef, useState } from "react";
import { fetchConfig } from "../http";
import type { BaseKind, LiveMap } from "../map/live-map";
import type { Session } from "../session";
import { useLanguage } from "./language";
import styles from "./MapView.module.css";
import { usePart } from "./use-session";

/** The map and its buttons. MapLibre comes after the rest of the page: it is by far the largest part of it. */
export function MapView({ session }: { session: Session }) {
  const { words } = useLanguage();
  const container = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<LiveMap | null>(null);
  const [base, setBase] = useState<BaseKind>("loading");
  const [failed, setFailed] = useState(false);
  const followed = usePart(session, ({ following, deliveries }) =>
    following === null ? null : (deliveries.get(following)?.title ?? null),
  );

  useEffect(() => {
    const element = container.current;
    if (element === null) return;
    let stop: (() => void) | null = null;
    const gone = new AbortController();
    void (async () => {
      try {
        const { startMap } = await import("../map/start");
        if (gone.signal.aborted) return;
        const started = startMap(element, session, setBase);
        stop = started.stop;
        setMap(started.map);
        await started.map.chooseBase(
          fetchConfig().then(
            (config) => config.mapStyle,
            () => null,
          ),
        );
      } catch {
        // No WebGL, or the map's code could not be had.
        if (!gone.signal.aborted) setFailed(true);
      }
    })();
    return () => {
      gone.abort();
      stop?.();
    };
  }, [session]);

  useEffect(() => {
    map?.setLabel(words.map.label);
  }, [map, words]);

  return (
    <main className={styles.view} data-base={base}>
      <div ref={container} className={styles.map} />
      {failed && <p className={styles.failed}>{words.map.failed}</p>}
      {map !== null && (
        <div className={styles.buttons}>
          <button
            type="button"
            title={words.map.zoomIn}
            aria-label={words.map.zoomIn}
            onClick={() => {
              map.zoomBy(1);
            }}
          >
            +
          </button>
          <button
            type="button"
            title={words.map.zoomOut}
            aria-label={words.map.zoomOut}
            onClick={() => {
              map.zoomBy(-1);
            }}
          >
            −
          </button>
          <button
            type="button"
            title={words.map.fit}
            aria-label={words.map.fit}
            onClick={() => {
              session.follow(null);
              map.fit();
            }}
          >
            <svg
              viewBox="0 0 24 24"
              width="18"
              height="18"
              aria-hidden="true"
              fill="none"
              stroke="currentColor"
              strokeWidth="2.200"
            >
              <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
            </svg>
          </button>
        </div>
      )}
      {followed !== null && (
        <button
          type="button"
          className={styles.followed}
          title={words.list.stopFollowing}
          onClick={() => {
            session.follow(null);
          }}
        >
          {words.map.following(followed)} <span aria-hidden="true">✕</span>
        </button>
      )}
      {base === "built-in" && <p className={styles.note}>{words.map.illustrative}</p>}
    </main>
  );
}
