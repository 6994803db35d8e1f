// The state of the whole page and how it changes. Pure: sockets, clocks and storage are elsewhere (`session.ts`).

import type { ConnectionStatus } from "./connection";
import { applyFrames, hasEnded, prune, type Deliveries } from "./deliveries";
import { addMessage, dropExpired, type Message, type MessageText } from "./messages";
import { refusalOf, type Ended, type RouteSummary, type ServerFrame, type ServerStatus } from "./protocol";

/** A start that was asked for and has no answer yet. */
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
  /** How many snapshots have come: until the first an empty list means "not known". */
  snapshots: number;
  routes: Routes;
  deliveries: Deliveries;
  pending: readonly PendingStart[];
  /** Ids of the deliveries that this page started. */
  own: ReadonlySet<string>;
  /** The delivery that the map keeps centred. */
  following: string | null;
  messages: readonly Message[];
  /** What the gateway said last of Kafka and of the history; null: nothing yet. */
  server: ServerStatus | null;
  /** Frames, or entries of their lists, that did not have the agreed shape, and what was wrong with the last of them. */
  ignored: number;
  problem: string;
  /** Positions that this page was spared, as it could not take them all. */
  conflated: number;
}

export type PageAction =
  | { type: "connection"; status: ConnectionStatus }
  | { type: "frames"; frames: readonly ServerFrame[]; now: number }
  | { type: "ignored"; count: number; problem: string }
  | { type: "routes"; routes: Routes }
  | { type: "requested"; start: PendingStart }
  | { type: "follow"; deliveryId: string | null }
  | { type: "say"; text: MessageText; now: number }
  | { type: "dismiss"; messageId: number }
  | { type: "tick"; now: number };

/** A start without an answer is no longer shown as pending after so long, milliseconds. */
export const PATIENCE = 30_000;

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

/** Whether the line is open and yet nothing comes or goes, as Kafka does not answer. */
export function isStalled({ connection, server }: PageState): boolean {
  return connection === "open" && server?.kafka === "unavailable";
}

/** Whether this page already has that route under way, or has asked for it: then it asks for no second one. */
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
    case "say":
      return say(state, action.text, action.now);
    case "dismiss":
      return { ...state, messages: state.messages.filter((message) => message.id !== action.messageId) };
    case "tick":
      return tick(state, action.now);
  }
}

function receive(state: PageState, frames: readonly ServerFrame[], now: number): PageState {
  const { deliveries, endings } = applyFrames(state.deliveries, frames, now);
  let next: PageState = { ...state, deliveries };
  for (const frame of frames) next = answer(next, frame, now);
  for (const { phase, title } of endings) {
    const key = phase === "Finished" ? "finished" : phase === "Cancelled" ? "cancelled" : "failed";
    next = say(next, { key, title }, now);
  }
  return stopFollowingTheGone(next);
}

/** What a frame means beyond the deliveries themselves. */
function answer(state: PageState, frame: ServerFrame, now: number): PageState {
  switch (frame.event) {
    case "snapshot":
    case "resumed":
      // Those that ended while nobody listened are nobody's any more.
      return {
        ...state,
        snapshots: state.snapshots + 1,
        own: new Set([...state.own].filter((id) => state.deliveries.has(id))),
      };
    case "accepted":
      return own(withoutPending(state, frame.data.requestId), frame.data);
    case "rejected":
      return say(withoutPending(state, frame.data.requestId), refused(frame.data), now);
    case "error":
      return say(state, refused(frame.data), now);
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

/** The same state when nothing is due. */
function tick(state: PageState, now: number): PageState {
  const late = state.pending.filter((start) => now - start.sentAt >= PATIENCE);
  const deliveries = prune(state.deliveries, now);
  const messages = dropExpired(state.messages, now);
  if (late.length === 0 && deliveries === state.deliveries && messages === state.messages) return state;
  // Each line sends what has no answer again, so only one that has been open says that Kafka has the request.
  const key = state.connection === "open" ? "answerLate" : "answerLost";
  const next = late.reduce<PageState>(
    (before, { requestId, title }) => say(withoutPending(before, requestId), { key, title }, now),
    { ...state, deliveries, messages },
  );
  return stopFollowingTheGone(next);
}

function withoutPending(state: PageState, requestId: string): PageState {
  return { ...state, pending: state.pending.filter((start) => start.requestId !== requestId) };
}

function stopFollowingTheGone(state: PageState): PageState {
  const followed = state.following === null ? undefined : state.deliveries.get(state.following);
  const gone = followed === undefined || hasEnded(followed.phase);
  return state.following !== null && gone ? { ...state, following: null } : state;
}

function say(state: PageState, text: MessageText, now: number): PageState {
  return { ...state, messages: addMessage(state.messages, text, now) };
}
