// The gateway's protocol: WebSocket frames and HTTP responses, parsed strictly (`reading.ts`). The gateway sends
// `[lat, lng]`; from here on every position in the page is `[lng, lat]`, as in GeoJSON.

import { nearLng, unwrap } from "./geo";
import {
  BadMessage,
  asObject,
  identity,
  listOf,
  magnitude,
  optionalNumber,
  optionalText,
  orNull,
  parseJson,
  readEach,
  readPosition,
  textOf,
  textsOf,
  type Fields,
  type LngLat,
} from "./reading";

export { BadMessage, type LngLat } from "./reading";

export const PHASES = ["Accepted", "Running", "Suspended", "Finished", "Cancelled", "Failed"] as const;
export type Phase = (typeof PHASES)[number];

/** Kinds of vehicle that the page has an icon for; a delivery may name any other. */
export const VEHICLES = ["motorcycle", "car", "van", "bicycle"] as const;
export type Vehicle = (typeof VEHICLES)[number];

/** The state of a vehicle at one position. */
export interface Fix {
  /** The number of the position within its delivery, from 0; -1 before the first. */
  seq: number;
  position: LngLat | null;
  /** When the position was due, by the server's clock, milliseconds since the epoch. */
  at: number | null;
  /** Metres per second. */
  speed: number;
  /** Degrees clockwise from north. */
  heading: number;
  /** The fraction of the route's length driven so far, 0 to 1. */
  progress: number;
  /** When the last position is due, by the server's clock, milliseconds since the epoch. */
  eta: number | null;
}

export interface DeliveryView extends Fix {
  deliveryId: string;
  name: string;
  namespace: string;
  routeId: string;
  /** The revision of the route that it drives; empty if the gateway does not say. Deliveries with the same one have the same line. */
  route: string;
  title: string;
  courier: string;
  vehicle: string;
  phase: Phase;
  /** When position 0 was due, milliseconds since the epoch. */
  start: number | null;
  intervalMilliseconds: number;
  /** Null as long as no binary record of the delivery has been sent on this connection. */
  binary: BinaryBase | null;
}

/** Where a record is in Kafka. */
export interface RecordPlace {
  topic: string;
  partition: number;
  offset: number;
}

/** An Event of the Delivery, as `kubectl describe` lists it, with its repeats. */
export interface DeliveryEvent {
  /** One word, by which it is translated. */
  reason: string;
  /** The operator's sentence, in English. */
  message: string;
  warning: boolean;
  /** When it happened first and last, milliseconds since the epoch, and how often. */
  first: number;
  last: number;
  count: number;
}

/** `GET /deliveries/:id`. */
export interface DeliveryDetails extends DeliveryView {
  /** When its object was created, and when it ended, milliseconds since the epoch; null: not known, or not yet. */
  createdAt: number | null;
  end: number | null;
  /** The records of its newest position and of its newest plan; null: the gateway does not know it. */
  record: RecordPlace | null;
  plan: RecordPlace | null;
  /** The pod that drives it, or drove it last, and the id of its trace; empty: not known. */
  pod: string;
  traceId: string;
  /** The newest, in the order in which they happened last; empty some minutes after its end. */
  events: readonly DeliveryEvent[];
}

/** A delivery's number on this connection, and the origin of its binary records (docs/binary.md). */
export interface BinaryBase {
  number: number;
  origin: LngLat;
  /** When position 0 was due, milliseconds since the epoch. */
  originAt: number;
}

export interface NewPosition extends Fix {
  deliveryId: string;
  routeId: string;
  position: LngLat;
  finished: boolean;
}

export interface Ended {
  deliveryId: string;
  routeId: string;
  title: string;
}

export interface Accepted extends Ended {
  requestId: string;
}

/** Reasons of a rejection, by the gateway or the operator, that the page has its own text for. */
export const REFUSALS = [
  "NotAllowed",
  "InvalidRequest",
  "InvalidData",
  "RequestDenied",
  "RequestExpired",
  "RouteNotReady",
  "NameTaken",
  "ServingFailed",
  "UnknownRoute",
  "UnknownDelivery",
  "DeliveryEnded",
  "TooManyActive",
  "KafkaUnavailable",
  "Busy",
  "TooManyRequests",
] as const;
export type Refusal = (typeof REFUSALS)[number];

export function refusalOf(reason: string): Refusal | null {
  return REFUSALS.find((known) => known === reason) ?? null;
}

export interface Rejected {
  /** Empty when the gateway could not identify the request. */
  requestId: string;
  reason: string;
  /** A full sentence for the user. */
  message: string;
}

/** Whether the gateway's dependencies are available; "off": not configured. */
export interface ServerStatus {
  kafka: "available" | "unavailable";
  deliveryStore: "available" | "unavailable" | "off";
  /** Another text whenever the routes of `GET /routes` are others; empty: the gateway does not say. */
  routes: string;
  /** The name of the gateway's replica; empty: the gateway does not say. */
  replica: string;
}

export type ServerFrame =
  /** `resumed` answers a cursor, which this page never sends. */
  | { event: "snapshot" | "resumed"; data: { deliveries: DeliveryView[] } }
  | { event: "delivery"; data: DeliveryView }
  | { event: "new-position"; data: NewPosition }
  | { event: "new-positions"; data: { positions: NewPosition[] } }
  /** The delivery has left the requested rectangle. */
  | { event: "left"; data: { deliveryId: string } }
  /** The number of positions skipped because the page could not keep up. */
  | { event: "conflated"; data: { positions: number } }
  | { event: "status"; data: ServerStatus }
  /** The gateway is going away: connect to another one within this time. */
  | { event: "reconnect"; data: { withinMilliseconds: number } }
  | { event: "finished"; data: Ended }
  | { event: "cancelled"; data: Ended }
  | { event: "accepted"; data: Accepted }
  | { event: "rejected"; data: Rejected }
  | { event: "error"; data: { reason: string; message: string } }
  /** Changes of these recipients' notifications are relayed from now on. */
  | { event: "notifications"; data: { recipientIds: string[] } }
  /** One of the recipient's notifications has changed; which one, and how, the page asks the notifications service. */
  | { event: "notification"; data: { recipientId: string } };

export interface NewDirection {
  routeId: string;
  requestId: string;
  courier?: string;
  vehicle?: string;
  speedKmh?: number;
}

export type Action = "cancel" | "suspend" | "resume";

export type ClientFrame =
  | { event: "new-direction"; data: NewDirection }
  | { event: "command"; data: { deliveryId: string; action: Action; requestId: string } }
  /** Replaces the recipients whose notifications the page hears of. */
  | { event: "notifications"; data: { recipientIds: string[] } };

/** An entry of `GET /routes`. */
export interface RouteSummary {
  id: string;
  title: string;
  lengthMeters: number;
  startPosition: LngLat;
  endPosition: LngLat;
}

/** `GET /routes/:id` and `GET /deliveries/:id/route`. */
export interface Route extends RouteSummary {
  /** Without leaps: beyond the 180th meridian, longitudes go on. */
  path: LngLat[];
}

/** `GET /config.json`. */
export interface PageConfig {
  /** The URL of the base map's style; null: only the built-in one. */
  mapStyle: string | null;
  /** Whether the gateway tells traces of deliveries. */
  traces: boolean;
}

/**
 * Parses a text frame. Invalid entries of a list are skipped and counted in `dropped`. An event that this page does not
 * know, such as one of a newer gateway, is null: not an error.
 * @throws {BadMessage}
 */
export function parseFrame(text: string): { frame: ServerFrame | null; dropped: number } {
  const envelope = asObject(parseJson(text), "frame");
  const event = textOf(envelope, "event");
  const data = asObject(envelope.data, event);
  const whole = (frame: ServerFrame) => ({ frame, dropped: 0 });
  switch (event) {
    case "snapshot":
    case "resumed": {
      const { read: deliveries, dropped } = readEach(data, "deliveries", readDelivery);
      return { frame: { event, data: { deliveries } }, dropped };
    }
    case "new-positions": {
      const { read: positions, dropped } = readEach(data, "positions", readNewPosition);
      return { frame: { event, data: { positions } }, dropped };
    }
    case "delivery":
      return whole({ event, data: readDelivery(data) });
    case "new-position":
      return whole({ event, data: readNewPosition(data) });
    case "left":
      return whole({ event, data: { deliveryId: identity(data, "deliveryId") } });
    case "conflated":
      return whole({ event, data: { positions: magnitude(data, "positions") } });
    case "status":
      return whole({ event, data: readStatus(data) });
    case "reconnect":
      return whole({ event, data: { withinMilliseconds: magnitude(data, "withinMilliseconds") } });
    case "finished":
    case "cancelled":
      return whole({ event, data: readEnded(data) });
    case "accepted":
      return whole({ event, data: { ...readEnded(data), requestId: textOf(data, "requestId") } });
    case "rejected":
      return whole({ event, data: { ...readProblem(data), requestId: optionalText(data, "requestId") } });
    case "error":
      return whole({ event, data: readProblem(data) });
    case "notifications":
      return whole({ event, data: { recipientIds: textsOf(data, "recipientIds") } });
    case "notification":
      return whole({ event, data: { recipientId: identity(data, "recipientId") } });
    default:
      return { frame: null, dropped: 0 };
  }
}

/**
 * Invalid entries are skipped.
 * @throws {BadMessage}
 */
export function readRoutes(value: unknown): RouteSummary[] {
  if (!Array.isArray(value)) throw new BadMessage("routes: not a list");
  return value
    .map((entry) => orNull(() => readRouteSummary(asObject(entry, "route"))))
    .filter((route) => route !== null);
}

/** @throws {BadMessage} */
export function readRoute(value: unknown): Route {
  const route = asObject(value, "route");
  const path = unwrap(listOf(route, "path").map((point) => readPosition(point, "lngLat")));
  if (path.length < 2) throw new BadMessage("path: fewer than two points");
  return { ...readRouteSummary(route), path };
}

/** @throws {BadMessage} */
export function readConfig(value: unknown): PageConfig {
  const config = asObject(value, "config");
  return { mapStyle: optionalText(config, "mapStyle") || null, traces: config.traces === true };
}

/**
 * A page of `GET /deliveries`; `next` is the cursor of the next one.
 * @throws {BadMessage}
 */
export function readDeliveryPage(value: unknown): { deliveries: DeliveryView[]; next: string | null } {
  const data = asObject(value, "deliveries");
  const next = data.next === undefined || data.next === null ? null : textOf(data, "next");
  return { deliveries: readEach(data, "deliveries", readDelivery).read, next };
}

/**
 * A page of `GET /deliveries?past=true`. Without the delivery store it lacks most of them, and is none.
 * @throws {BadMessage}
 */
export function readPastPage(value: unknown): { deliveries: DeliveryView[]; next: string | null } {
  if (asObject(value, "deliveries").deliveryStore === "unavailable") {
    throw new BadMessage("the delivery store is not available");
  }
  return readDeliveryPage(value);
}

/** @throws {BadMessage} */
export function readDetails(value: unknown): DeliveryDetails {
  const data = asObject(value, "delivery");
  return {
    ...readDelivery(data),
    createdAt: optionalNumber(data, "createdAt"),
    end: optionalNumber(data, "end"),
    record: readRecord(data.record),
    plan: readRecord(data.plan),
    pod: optionalText(data, "pod"),
    traceId: optionalText(data, "traceId"),
    events: data.events === undefined || data.events === null ? [] : readEach(data, "events", readEvent).read,
  };
}

/** The message of an error response, if it has one. */
export function readErrorSentence(value: unknown): string | null {
  return orNull(() => textOf(asObject(asObject(value, "answer").error, "error"), "message"));
}

/** The reason of an error response, if it has one. */
export function readErrorReason(value: unknown): string | null {
  return orNull(() => textOf(asObject(asObject(value, "answer").error, "error"), "reason"));
}

function readDelivery(data: Fields): DeliveryView {
  return {
    ...readFix(data),
    deliveryId: identity(data, "deliveryId"),
    name: optionalText(data, "name"),
    namespace: optionalText(data, "namespace"),
    routeId: textOf(data, "routeId"),
    route: optionalText(data, "route"),
    title: textOf(data, "title"),
    courier: optionalText(data, "courier"),
    vehicle: optionalText(data, "vehicle"),
    phase: readPhase(data.phase),
    start: optionalNumber(data, "start"),
    intervalMilliseconds: optionalNumber(data, "intervalMilliseconds") ?? 500,
    binary: readBase(data),
  };
}

function readEvent(data: Fields): DeliveryEvent {
  const last = magnitude(data, "last");
  return {
    reason: identity(data, "reason"),
    message: optionalText(data, "message"),
    warning: data.warning === true,
    first: Math.min(optionalNumber(data, "first") ?? last, last),
    last,
    count: Math.max(1, optionalNumber(data, "count") ?? 1),
  };
}

function readRecord(value: unknown): RecordPlace | null {
  if (value === undefined || value === null) return null;
  const data = asObject(value, "record");
  return {
    topic: identity(data, "topic"),
    partition: magnitude(data, "partition"),
    offset: magnitude(data, "offset"),
  };
}

function readBase(data: Fields): BinaryBase | null {
  const number = optionalNumber(data, "number");
  const originAt = optionalNumber(data, "originAt");
  if (number === null || originAt === null || data.origin === undefined || data.origin === null) return null;
  return { number, origin: readPosition(data.origin, "lngLat"), originAt };
}

function readStatus(data: Fields): ServerStatus {
  const known = ["available", "unavailable", "off"] as const;
  // A status that only a newer gateway knows is not treated as a fault.
  const deliveryStore = known.find((each) => each === data.deliveryStore) ?? "available";
  return {
    kafka: data.kafka === "unavailable" ? "unavailable" : "available",
    deliveryStore,
    routes: optionalText(data, "routes"),
    replica: optionalText(data, "replica"),
  };
}

function readNewPosition(data: Fields): NewPosition {
  const fix = readFix(data);
  if (fix.position === null || fix.seq < 0) throw new BadMessage("new-position: no position or no seq");
  return {
    ...fix,
    position: fix.position,
    deliveryId: identity(data, "deliveryId"),
    routeId: textOf(data, "routeId"),
    finished: data.finished === true,
  };
}

function readFix(data: Fields): Fix {
  const position = data.position;
  return {
    seq: optionalNumber(data, "seq") ?? -1,
    position: position === null || position === undefined ? null : readPosition(position, "latLng"),
    at: optionalNumber(data, "at"),
    speed: optionalNumber(data, "speed") ?? 0,
    heading: optionalNumber(data, "heading") ?? 0,
    progress: Math.min(1, Math.max(0, optionalNumber(data, "progress") ?? 0)),
    eta: optionalNumber(data, "eta"),
  };
}

function readEnded(data: Fields): Ended {
  return {
    deliveryId: identity(data, "deliveryId"),
    routeId: textOf(data, "routeId"),
    title: textOf(data, "title"),
  };
}

function readProblem(data: Fields): { reason: string; message: string } {
  return { reason: textOf(data, "reason"), message: textOf(data, "message") };
}

function readRouteSummary(data: Fields): RouteSummary {
  const [startPosition, endPosition] = [readPlace(data.startPosition), readPlace(data.endPosition)];
  return {
    id: identity(data, "id"),
    title: textOf(data, "title"),
    lengthMeters: optionalNumber(data, "lengthMeters") ?? 0,
    startPosition,
    endPosition: [nearLng(endPosition[0], startPosition[0]), endPosition[1]],
  };
}

/** @throws {BadMessage} */
export function readPhase(value: unknown): Phase {
  const phase = PHASES.find((known) => known === value);
  if (phase === undefined) throw new BadMessage("phase: not a known one");
  return phase;
}

/** `{lat, lng}`. */
function readPlace(value: unknown): LngLat {
  const place = asObject(value, "position");
  return readPosition([place.lng, place.lat], "lngLat");
}
