import { useCallback } from "react";
import type { LiveMap } from "../map/live-map";
import type { Session } from "../session";
import { useLanguage } from "./language";
import { MapButtons } from "./MapButtons";
import styles from "./MapView.module.css";
import { useMap, type StartMap } from "./use-map";
import { usePart } from "./use-session";

/** The live map and its buttons. */
export function MapView({ session }: { session: Session }) {
  const { words } = useLanguage();
  const load = useCallback(async (): Promise<StartMap<LiveMap>> => {
    const { startMap } = await import("../map/start");
    return (container, onBase) => startMap(container, session, onBase);
  }, [session]);
  const { container, map, base, failed } = useMap(load, words.map.label);
  const followed = usePart(session, ({ following, deliveries }) =>
    following === null ? null : (deliveries.get(following)?.title ?? null),
  );

  return (
    <main className={styles.view} data-base={base}>
      <div ref={container} className={styles.map} />
      {failed && <p className={styles.failed}>{words.map.failed}</p>}
      {map !== null && (
        <MapButtons
          zoomBy={(levels) => {
            map.zoomBy(levels);
          }}
          fit={() => {
            session.follow(null);
            map.fit();
          }}
          fitLabel={words.map.fit}
        />
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
