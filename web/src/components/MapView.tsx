import { useCallback, useEffect, useState } from "react";
import type { LiveMap } from "../map/live-map";
import { nameOf } from "../names";
import type { Session } from "../session";
import { Hud } from "./Hud";
import { useLanguage } from "./language";
import { MapButtons } from "./MapButtons";
import styles from "./MapView.module.css";
import { useMap, type StartMap } from "./use-map";
import { usePart } from "./use-session";
import { VehicleCard } from "./VehicleCard";

/** The live map and its buttons. */
export function MapView({ session }: { session: Session }) {
  const { words } = useLanguage();
  const load = useCallback(async (): Promise<StartMap<LiveMap>> => {
    const { startMap } = await import("../map/start");
    return (container, onBase) => startMap(container, session, onBase);
  }, [session]);
  const { container, map, base, failure } = useMap(load, words.map.label);
  const [measuring, setMeasuring] = useState(false);
  const followed = usePart(session, ({ following, deliveries }) => {
    const delivery = following === null ? undefined : deliveries.get(following);
    return delivery === undefined ? null : words.delivery(nameOf(delivery));
  });

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.key !== "?" || target.closest("input, select, textarea, dialog") !== null) return;
      setMeasuring((shown) => !shown);
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
    };
  }, []);

  return (
    <main className={styles.view} data-base={base}>
      <div ref={container} className={styles.map} />
      {failure !== null && (
        <p className={styles.failed} data-failure={failure}>
          {words.map[failure]}
        </p>
      )}
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
          measures={{
            shown: measuring,
            toggle: () => {
              setMeasuring(!measuring);
            },
          }}
        />
      )}
      {measuring && <Hud session={session} map={map} />}
      {map !== null && <VehicleCard session={session} map={map} />}
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
