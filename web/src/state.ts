// The state of the page and its reducer. Pure: sockets, clocks and storage are in `session.ts`.

import type { ConnectionStatus } from "./connection";
import { applyFrames, hasEnded, prune, type Deliveries } from "./deliveries";
import { addMessage, dropExpired, type Message, type MessageText } from "./messages";
import { refusalOf, type Ended, type RouteSummary, type ServerFrame, type ServerStatus } from "./protocol";

/** A start request that has not been answered yet. */
export interface PendingStart {
  requestId: string;
  routeId: string;
  title: string;
  sentAt: number;
}

export type Routes =
  { status: "loading" } | { status: "ready"; list: readonly RouteSummary[] } | { status: "failed" };

export interface PageState {
  connection: ConnectionStatus;
  /** The number of snapshots received: until the first one, an empty list means "not known yet". */
  snapshots: number;
  routes: Routes;
  deliveries: Deliveries;
  pending: readonly PendingStart[];
  /** Ids of the deliveries that this page started. */
  own: ReadonlySet<string>;
  /** The delivery that the map keeps centred. */
  following: string | null;
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
  | { type: "connection"; status: ConnectionStatus }
  | { type: "frames"; frames: readonly ServerFrame[]; now: number }
  | { type: "ignored"; count: number; problem: string }
  | { type: "routes"; routes: Routes }
  | { type: "requested"; start: PendingStart }
  | { type: "follow"; deliveryId: string | null }
  | { type: "notify"; text: MessageText; now: number }
  | { type: "dismiss"; messageId: number }
  | { type: "tick"; now: number };

/** How long a start request without an answer is shown as pending, milliseconds. */
export const ANSWER_TIMEOUT = 30_000;

export function initialState(own: Iterable<string> = []): PageState {
  return {
    connection: "connecting",
    snapshots: 0,
    routes: { status: "loading" },
    deliveries: new Map(),
    pending: [],
    own: new Set(own),
    following: null,
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

/** Whether this page has already started a delivery on that route: it does not start a second one. */
export function isAlreadyAdded(state: PageState, routeId: string): boolean {
  if (state.pending.some((start) => start.routeId === routeId)) return true;
  for (const id of state.own) {
    const delivery = state.deliveries.get(id);
    if (delivery?.routeId === routeId && !hasEnded(delivery.phase)) return true;
  }
  return false;
}

export function reduce(state: PageState, action: PageAction): PageState {
  switch (action.type) {
    case "connection":
      return { ...state, connection: action.status };
    case "frames":
      return receive(state, action.frames, action.now);
    case "ignored":
      return { ...state, ignored: state.ignored + action.count, problem: action.problem };
    case "routes":
      return { ...state, routes: action.routes };
    case "requested":
      return { ...state, pending: [...state.pending, action.start] };
    case "follow":
      return { ...state, following: action.deliveryId };
    case "notify":
      return notify(state, action.text, action.now);
    case "dismiss":
      return { ...state, messages: state.messages.filter((message) => message.id !== action.messageId) };
    case "tick":
      return tick(state, action.now);
  }
}

function receive(state: PageState, frames: readonly ServerFrame[], now: number): PageState {
  const { deliveries, endings } = applyFrames(state.deliveries, frames, now);
  let next: PageState = { ...state, deliveries };
  for (const frame of frames) next = applyFrame(next, frame, now);
  for (const { phase, title } of endings) {
    const key = phase === "Finished" ? "finished" : phase === "Cancelled" ? "cancelled" : "failed";
    next = notify(next, { key, title }, now);
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
      return own(withoutPending(state, frame.data.requestId), frame.data);
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

function refused({ reason, message }: { reason: string; message: string }): MessageText {
  return { key: "refused", reason: refusalOf(reason), sentence: message };
}

function own(state: PageState, { deliveryId }: Ended): PageState {
  return { ...state, own: new Set(state.own).add(deliveryId) };
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
    (before, { requestId, title }) => notify(withoutPending(before, requestId), { key, title }, now),
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
