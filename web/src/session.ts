// All side effects of the live view: frames come in, requests go out, time passes; each becomes an action of `state.ts`.

import { decodePositions } from "./binary";
import { connect, type Connection, type FrameData } from "./connection";
import { fetchRoutes, socketUrl } from "./http";
import { DeliveryNumbers } from "./delivery-numbers";
import {
  BadMessage,
  parseFrame,
  type Action,
  type ClientFrame,
  type NewDirection,
  type ServerFrame,
} from "./protocol";
import { initialState, isAlreadyAdded, isStalled, reduce, type PageAction, type PageState } from "./state";

/** The fields of the form for a new delivery. */
export interface StartChoice {
  routeId: string;
  title: string;
  courier: string;
  vehicle: string;
  /** Null: the recorded speed. */
  speedKmh: number | null;
}

/** Frames that arrive within this many milliseconds are applied together. */
const BATCH_INTERVAL = 40;
/** Timers of hidden pages fire late, so this many frames are applied without waiting for one. */
const MAX_FRAMES = 1_000;
const TICK = 500;
const ROUTES_RETRY = 5_000;
const OWN_KEY = "code-delivery.own";

export class Session {
  #state = initialState(loadOwn());
  #connection: Connection | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #numbers = new DeliveryNumbers();
  /** Start requests without an answer, as they were sent. */
  readonly #unanswered = new Map<string, NewDirection>();
  #frames: ServerFrame[] = [];
  /** Whether one of the frames is a snapshot, which the user is waiting for. */
  #urgent = false;
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #routesAgain: ReturnType<typeof setTimeout> | undefined;

  get state(): PageState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Connects, and stays connected for the lifetime of the page. */
  start(): void {
    this.#connection = connect({
      open: () => {
        const socket = new WebSocket(socketUrl());
        socket.binaryType = "arraybuffer";
        return socket;
      },
      onConnect: () => {
        this.#resendUnanswered();
      },
      onFrame: (data) => {
        this.#receive(data);
      },
      onStatus: (status) => {
        this.#flush();
        this.#dispatch({ type: "connection", status });
        if (status === "open") void this.#loadRoutes();
      },
      expectsTraffic: () =>
        !isStalled(this.#state) &&
        [...this.#state.deliveries.values()].some(({ phase }) => phase === "Running"),
    });
    window.addEventListener("online", () => this.#connection?.retryNow());
    setInterval(() => {
      this.#dispatch({ type: "tick", now: Date.now() });
      this.#numbers.prune(this.#state.deliveries);
    }, TICK);
    void this.#loadRoutes();
  }

  startDelivery(choice: StartChoice): boolean {
    const { routeId, title } = choice;
    if (isAlreadyAdded(this.#state, routeId)) {
      this.#notify({ key: "alreadyAdded", title });
      return false;
    }
    const requestId = newRequestId();
    const data = {
      routeId,
      requestId,
      ...(choice.courier === "" ? {} : { courier: choice.courier }),
      ...(choice.vehicle === "" ? {} : { vehicle: choice.vehicle }),
      ...(choice.speedKmh === null ? {} : { speedKmh: choice.speedKmh }),
    };
    if (!this.#send({ event: "new-direction", data })) return false;
    this.#unanswered.set(requestId, data);
    this.#dispatch({ type: "requested", start: { requestId, routeId, title, sentAt: Date.now() } });
    return true;
  }

  command(deliveryId: string, action: Action): boolean {
    return this.#send({ event: "command", data: { deliveryId, action, requestId: newRequestId() } });
  }

  follow(deliveryId: string | null): void {
    if (deliveryId !== this.#state.following) this.#dispatch({ type: "follow", deliveryId });
  }

  dismiss(messageId: number): void {
    this.#dispatch({ type: "dismiss", messageId });
  }

  #send(frame: ClientFrame): boolean {
    const sent = this.#connection?.send(JSON.stringify(frame)) ?? false;
    if (!sent) this.#notify({ key: "offline" });
    return sent;
  }

  #notify(text: Extract<PageAction, { type: "notify" }>["text"]) {
    this.#dispatch({ type: "notify", text, now: Date.now() });
  }

  /** Answers go to the connection that sent the request, so a new one sends it again. The same id twice is one delivery. */
  #resendUnanswered() {
    const pending = new Set(this.#state.pending.map(({ requestId }) => requestId));
    for (const [requestId, data] of this.#unanswered) {
      if (pending.has(requestId)) this.#connection?.send(JSON.stringify({ event: "new-direction", data }));
      else this.#unanswered.delete(requestId);
    }
  }

  #receive(data: FrameData) {
    try {
      if (typeof data === "string") this.#receiveText(data);
      else this.#receivePositions(data);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.#ignore(1, error.message);
    }
    if (this.#frames.length >= MAX_FRAMES || this.#urgent) this.#flush();
    else this.#flushSoon();
  }

  #receiveText(text: string) {
    const { frame, dropped } = parseFrame(text);
    if (dropped > 0) this.#ignore(dropped, "an entry of a list");
    if (frame === null) return;
    this.#numbers.register(frame);
    if (frame.event === "reconnect") this.#connection?.move(frame.data.withinMilliseconds);
    this.#urgent ||= frame.event === "snapshot";
    this.#frames.push(frame);
  }

  #receivePositions(bytes: ArrayBuffer) {
    const { positions, unknown } = decodePositions(bytes, this.#numbers.lookup);
    if (unknown > 0) this.#ignore(unknown, "binary: unknown number");
    this.#frames.push({ event: "new-positions", data: { positions } });
  }

  #ignore(count: number, problem: string) {
    this.#dispatch({ type: "ignored", count, problem });
  }

  #flushSoon() {
    this.#flushing ??= setTimeout(() => {
      this.#flush();
    }, BATCH_INTERVAL);
  }

  #flush() {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const frames = this.#frames;
    this.#frames = [];
    this.#urgent = false;
    if (frames.length > 0) this.#dispatch({ type: "frames", frames, now: Date.now() });
  }

  #dispatch(action: PageAction) {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state.own !== before.own) saveOwn(this.#state.own);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }

  async #loadRoutes(): Promise<void> {
    clearTimeout(this.#routesAgain);
    try {
      this.#dispatch({ type: "routes", routes: { status: "ready", list: await fetchRoutes() } });
    } catch {
      if (this.#state.routes.status === "ready") return;
      this.#dispatch({ type: "routes", routes: { status: "failed" } });
      clearTimeout(this.#routesAgain);
      this.#routesAgain = setTimeout(() => void this.#loadRoutes(), ROUTES_RETRY);
    }
  }
}

/** Not `randomUUID`, which exists on secure origins only: a local cluster is often reached over plain HTTP. */
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The deliveries that this page started survive a reload but not the tab; without storage, not even a reload. */
function loadOwn(): string[] {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(OWN_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

function saveOwn(own: ReadonlySet<string>): void {
  try {
    sessionStorage.setItem(OWN_KEY, JSON.stringify([...own]));
  } catch {
    // Storage is blocked: they are forgotten at the next reload.
  }
}
