// The state of the page and its reducer. Pure: sockets, clocks and storage are in `session.ts`.

import type { ConnectionStatus } from "./connection";
import { applyFrames, hasEnded, prune, type Deliveries } from "./deliveries";
import { addMessage, dropExpired, type Message, type MessageText } from "./messages";
import { nameOf, type DeliveryName } from "./names";
import { type Accepted, type RouteSummary, type ServerFrame, type ServerStatus } from "./protocol";

/** A start request that has not been answered yet. */
export interface PendingStart {
  requestId: string;
  routeId: string;
  title: string;
  courier: string;
  sentAt: number;
}

export type Routes =
  { status: "loading" } | { status: "ready"; list: readonly RouteSummary[] } | { status: "failed" };

export interface PageState {
  connection: ConnectionStatus;
  /** When the connection was lost, or when the page was opened; meaningless while it is open. */
  lostAt: number;
  /** When the next attempt to connect is due, by the page's clock; in the past: it is being made. */
  nextAttemptAt: number;
  /** Whether the browser has a network. */
  online: boolean;
  /** The gateway answers over HTTP although WebSocket does not work: the page asks again and again. */
  polling: boolean;
  /** The number of snapshots received: until the first one, an empty list means "not known yet". */
  snapshots: number;
  routes: Routes;
  deliveries: Deliveries;
  pending: readonly PendingStart[];
  /** Ids of the deliveries that this page started. */
  own: ReadonlySet<string>;
  /** The delivery that the map keeps centred. */
  following: string | null;
  /** The delivery that the pointer or the focus is on: the map shows its card. */
  pointed: string | null;
  messages: readonly Message[];
  /** The last status of Kafka and of the history; null: not received yet. */
  server: ServerStatus | null;
  /** The number of invalid frames and list entries, and what was wrong with the last one. */
  ignored: number;
  problem: string;
  /** The number of positions skipped because this page could not keep up. */
  conflated: number;
}

export type PageAction =
  | { type: "connection"; status: ConnectionStatus; now: number }
  | { type: "attempt"; at: number }
  | { type: "network"; online: boolean }
  | { type: "polling"; polling: boolean }
  /** `clockOffset`: the server's time less the page's, milliseconds. */
  | { type: "frames"; frames: readonly ServerFrame[]; now: number; clockOffset?: number }
  | { type: "ignored"; count: number; problem: string }
  | { type: "routes"; routes: Routes }
  | { type: "requested"; start: PendingStart }
  | { type: "follow"; deliveryId: string | null }
  | { type: "point"; deliveryId: string | null }
  | { type: "notify"; text: MessageText; now: number }
  | { type: "dismiss"; messageId: number }
  | { type: "tick"; now: number };

/** How long a start request without an answer is shown as pending, milliseconds. */
export const ANSWER_TIMEOUT = 30_000;

export function initialState(own: Iterable<string> = [], now = 0): PageState {
  return {
    connection: "connecting",
    lostAt: now,
    nextAttemptAt: now,
    online: true,
    polling: false,
    snapshots: 0,
    routes: { status: "loading" },
    deliveries: new Map(),
    pending: [],
    own: new Set(own),
    following: null,
    pointed: null,
    messages: [],
    server: null,
    ignored: 0,
    problem: "",
    conflated: 0,
  };
}

/** Whether the connection is open but nothing moves because Kafka does not respond. */
export function isStalled({ connection, server }: PageState): boolean {
  return connection === "open" && server?.kafka === "unavailable";
}

/**
 * Whether this page has already sent that courier along that route: it does not do so twice at the same time, which is
 * nearly always a second click. Another courier may start on the same route.
 */
export function isAlreadyAdded(state: PageState, routeId: string, courier: string): boolean {
  const same = (other: { routeId: string; courier: string }) =>
    other.routeId === routeId && other.courier === courier;
  if (state.pending.some(same)) return true;
  for (const id of state.own) {
    const delivery = state.deliveries.get(id);
    if (delivery !== undefined && same(delivery) && !hasEnded(delivery.phase)) return true;
  }
  return false;
}

/** A request has no object yet, so without a courier only its route has a name. */
export function nameOfStart({ courier, title }: Pick<PendingStart, "courier" | "title">): DeliveryName {
  return { who: courier, route: title };
}

export function reduce(state: PageState, action: PageAction): PageState {
  switch (action.type) {
    case "connection":
      return changeConnection(state, action.status, action.now);
    case "attempt":
      return { ...state, nextAttemptAt: action.at };
    case "network":
      return { ...state, online: action.online };
    case "polling":
      return { ...state, polling: action.polling };
    case "frames":
      return receive(state, action.frames, action.now, action.clockOffset ?? 0);
    case "ignored":
      return { ...state, ignored: state.ignored + action.count, problem: action.problem };
    case "routes":
      return { ...state, routes: action.routes };
    case "requested":
      return { ...state, pending: [...state.pending, action.start] };
    case "follow":
      return { ...state, following: action.deliveryId };
    case "point":
      return state.pointed === action.deliveryId ? state : { ...state, pointed: action.deliveryId };
    case "notify":
      return notify(state, action.text, action.now);
    case "dismiss":
      return { ...state, messages: state.messages.filter((message) => message.id !== action.messageId) };
    case "tick":
      return tick(state, action.now);
  }
}

function changeConnection(state: PageState, connection: ConnectionStatus, now: number): PageState {
  const isLoss = state.connection === "open" && connection !== "open";
  const polling = connection === "open" ? false : state.polling;
  return { ...state, connection, lostAt: isLoss ? now : state.lostAt, polling };
}

function receive(
  state: PageState,
  frames: readonly ServerFrame[],
  now: number,
  clockOffset: number,
): PageState {
  const { deliveries, endings } = applyFrames(state.deliveries, frames, now, clockOffset);
  let next: PageState = { ...state, deliveries };
  for (const frame of frames) next = applyFrame(next, frame, now);
  for (const { phase, delivery } of endings) {
    const key = phase === "Finished" ? "finished" : phase === "Cancelled" ? "cancelled" : "failed";
    next = notify(next, { key, delivery }, now);
  }
  return unfollowIfGone(next);
}

/** Applies a frame to everything but the deliveries. */
function applyFrame(state: PageState, frame: ServerFrame, now: number): PageState {
  switch (frame.event) {
    case "snapshot":
    case "resumed":
      // Drops the ids of deliveries that ended while the page was disconnected.
      return {
        ...state,
        snapshots: state.snapshots + 1,
        own: new Set([...state.own].filter((id) => state.deliveries.has(id))),
      };
    case "accepted":
      return started(state, frame.data, now);
    case "rejected":
      return notify(withoutPending(state, frame.data.requestId), refused(frame.data), now);
    case "error":
      return notify(state, refused(frame.data), now);
    case "status":
      return { ...state, server: frame.data };
    case "conflated":
      return { ...state, conflated: state.conflated + frame.data.positions };
    default:
      return state;
  }
}

function refused({ reason }: { reason: string }): MessageText {
  return { key: "refused", reason };
}

/** An answer that is repeated on another connection is not announced again. */
function started(state: PageState, { requestId, deliveryId, title }: Accepted, now: number): PageState {
  const next = { ...withoutPending(state, requestId), own: new Set(state.own).add(deliveryId) };
  if (state.own.has(deliveryId)) return next;
  const known = state.deliveries.get(deliveryId);
  const request = state.pending.find((start) => start.requestId === requestId);
  const delivery = known === undefined ? nameOfStart(request ?? { courier: "", title }) : nameOf(known);
  return notify(next, { key: "started", delivery }, now);
}

/** Returns the same state when nothing has expired. */
function tick(state: PageState, now: number): PageState {
  const late = state.pending.filter((start) => now - start.sentAt >= ANSWER_TIMEOUT);
  const deliveries = prune(state.deliveries, now);
  const messages = dropExpired(state.messages, now);
  if (late.length === 0 && deliveries === state.deliveries && messages === state.messages) return state;
  // Each new connection sends unanswered requests again, so only an open one means that Kafka has the request.
  const key = state.connection === "open" ? "answerLate" : "answerLost";
  const next = late.reduce<PageState>(
    (before, start) =>
      notify(withoutPending(before, start.requestId), { key, delivery: nameOfStart(start) }, now),
    { ...state, deliveries, messages },
  );
  return unfollowIfGone(next);
}

function withoutPending(state: PageState, requestId: string): PageState {
  return { ...state, pending: state.pending.filter((start) => start.requestId !== requestId) };
}

function unfollowIfGone(state: PageState): PageState {
  const followed = state.following === null ? undefined : state.deliveries.get(state.following);
  const gone = followed === undefined || hasEnded(followed.phase);
  return state.following !== null && gone ? { ...state, following: null } : state;
}

function notify(state: PageState, text: MessageText, now: number): PageState {
  return { ...state, messages: addMessage(state.messages, text, now) };
}
