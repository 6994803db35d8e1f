// Deliveries and frames for tests.

import type { DeliveryView, NewPosition, ServerFrame, ServerStatus } from "./protocol";

/** A delivery under way. */
export function view(deliveryId: string, changes: Partial<DeliveryView> = {}): DeliveryView {
  return {
    deliveryId,
    name: deliveryId,
    namespace: "default",
    routeId: "1",
    route: "default/1@0123456789ab",
    title: `Title ${deliveryId}`,
    courier: "",
    vehicle: "car",
    phase: "Running",
    position: [0, 0],
    heading: 0,
    speed: 10,
    progress: 0.1,
    seq: 1,
    at: 500,
    start: 0,
    eta: 10_500,
    intervalMilliseconds: 500,
    binary: null,
    ...changes,
  };
}

export function snapshot(...deliveries: DeliveryView[]): ServerFrame {
  return { event: "snapshot", data: { deliveries } };
}

export function delivery(deliveryId: string, changes: Partial<DeliveryView> = {}): ServerFrame {
  return { event: "delivery", data: view(deliveryId, changes) };
}

export function newPosition(
  deliveryId: string,
  seq: number,
  changes: Partial<NewPosition> = {},
): NewPosition {
  return {
    deliveryId,
    routeId: "1",
    seq,
    position: [seq, seq],
    at: seq * 500,
    speed: 10,
    heading: 0,
    progress: seq / 20,
    eta: 10_000,
    finished: false,
    ...changes,
  };
}

export function position(deliveryId: string, seq: number, changes: Partial<NewPosition> = {}): ServerFrame {
  return { event: "new-position", data: newPosition(deliveryId, seq, changes) };
}

export function ended(event: "finished" | "cancelled", deliveryId: string): ServerFrame {
  return { event, data: { deliveryId, routeId: "1", title: `Title ${deliveryId}` } };
}

export function status(changes: Partial<ServerStatus> = {}): { event: "status"; data: ServerStatus } {
  const data = { kafka: "available", deliveryStore: "off", routes: "", replica: "" } as const;
  return { event: "status", data: { ...data, ...changes } };
}
