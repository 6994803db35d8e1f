// The entry point of the map's chunk, which the page imports only when the map is on screen. Its style sheet is part of the
// page: a chunk that is loaded at a second attempt would lack it.

import type { Session } from "../session";
import { LiveMap } from "./live-map";
import type { BaseKind } from "./stage";

/** Starts a map in an element and keeps it in sync with the session. */
export function startMap(
  container: HTMLElement,
  session: Session,
  onBase: (base: BaseKind) => void,
): { map: LiveMap; stop: () => void } {
  const map = new LiveMap({
    container,
    onBase,
    onPick: (deliveryId) => {
      session.follow(session.state.following === deliveryId ? null : deliveryId);
    },
    onPoint: (deliveryId) => {
      session.point(deliveryId);
    },
    onUserMove: () => {
      session.follow(null);
    },
  });
  let before = session.state;
  const update = () => {
    const { deliveries, following, pointed, own, polling, routes } = session.state;
    if (own.size > before.own.size) map.expectOwn();
    map.update(deliveries, following, pointed, polling);
    if (routes !== before.routes && routes.status === "ready") map.setRoutes(routes.list);
    before = session.state;
  };
  if (before.routes.status === "ready") map.setRoutes(before.routes.list);
  update();
  const unsubscribe = session.subscribe(update);
  // Ended deliveries leave the map when their time is up, without a change of the session.
  const timer = setInterval(update, 1000);
  return {
    map,
    stop: () => {
      clearInterval(timer);
      unsubscribe();
      map.destroy();
    },
  };
}
