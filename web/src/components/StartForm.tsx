import { useState, type SubmitEvent } from "react";
import { formatLength } from "../format";
import { obstacleOf } from "../freshness";
import { isolate } from "../names";
import { VEHICLES, type Vehicle } from "../protocol";
import type { Session } from "../session";
import type { Routes } from "../state";
import { useLanguage } from "./language";
import styles from "./StartForm.module.css";
import { usePart } from "./use-session";

/** The limits of a Delivery. */
const MAX_SPEED = 1_000;
const MAX_COURIER_LENGTH = 100;

export function StartForm({ session }: { session: Session }) {
  const { words, language } = useLanguage();
  const routes = usePart(session, (state) => state.routes);
  const obstacle = usePart(session, obstacleOf);
  const [routeId, setRouteId] = useState("");
  const [courier, setCourier] = useState("");
  const [vehicle, setVehicle] = useState<Vehicle>("motorcycle");
  const [speed, setSpeed] = useState("");
  const list = routes.status === "ready" ? routes.list : [];

  const start = (event: SubmitEvent) => {
    event.preventDefault();
    const route = list.find((each) => each.id === routeId);
    if (route === undefined) return;
    session.startDelivery({
      routeId,
      title: route.title,
      courier: courier.trim(),
      vehicle,
      speedKmh: speed === "" ? null : Number(speed),
    });
  };

  return (
    <form className={styles.form} onSubmit={start} aria-label={words.start.heading}>
      <label className={styles.wide}>
        <span>{words.start.route}</span>
        <select
          name="route"
          required
          value={routeId}
          disabled={list.length === 0}
          onChange={(event) => {
            setRouteId(event.target.value);
          }}
        >
          <option value="">{placeholder(routes, words.start)}</option>
          {list.map((route) => (
            <option key={route.id} value={route.id}>
              {route.lengthMeters > 0
                ? `${isolate(route.title)} · ${formatLength(route.lengthMeters, language)}`
                : route.title}
            </option>
          ))}
        </select>
      </label>
      <label className={styles.wide}>
        <span>{words.start.courier}</span>
        <input
          name="courier"
          dir="auto"
          value={courier}
          maxLength={MAX_COURIER_LENGTH}
          autoComplete="off"
          placeholder={words.start.courierExample}
          onChange={(event) => {
            setCourier(event.target.value);
          }}
        />
      </label>
      <label>
        <span>{words.start.vehicle}</span>
        <select
          name="vehicle"
          value={vehicle}
          onChange={(event) => {
            setVehicle(VEHICLES.find((each) => each === event.target.value) ?? "motorcycle");
          }}
        >
          {VEHICLES.map((each) => (
            <option key={each} value={each}>
              {words.vehicles[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>{words.start.speed}</span>
        <input
          name="speed"
          type="number"
          inputMode="numeric"
          min={1}
          max={MAX_SPEED}
          step={1}
          value={speed}
          placeholder={words.start.asRecorded}
          onChange={(event) => {
            setSpeed(event.target.value);
          }}
        />
      </label>
      <button
        type="submit"
        className={styles.submit}
        disabled={obstacle !== null || list.length === 0}
        aria-describedby="start-obstacle"
      >
        {words.start.submit}
      </button>
      <p id="start-obstacle" className={styles.obstacle}>
        {obstacle !== null && words.obstacles[obstacle]}
      </p>
    </form>
  );
}

function placeholder(routes: Routes, words: ReturnType<typeof useLanguage>["words"]["start"]): string {
  switch (routes.status) {
    case "loading":
      return words.loadingRoutes;
    case "failed":
      return words.routesFailed;
    case "ready":
      return routes.list.length === 0 ? words.noRoutes : words.chooseRoute;
  }
}
