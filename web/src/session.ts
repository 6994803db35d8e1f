// All side effects of the live view: frames come in, requests go out, time passes; each becomes an action of `state.ts`.

import { decodePositions } from "./binary";
import { assumeClock, clockOffset } from "./clock";
import { connect, type Connection, type FrameData } from "./connection";
import { OUTAGE_DELAY, POLL_INTERVAL, outageOf } from "./freshness";
import { fetchDeliveries, fetchRoutes, isReachable, socketUrl } from "./http";
import { DeliveryNumbers } from "./delivery-numbers";
import {
  BadMessage,
  parseFrame,
  type Action,
  type ClientFrame,
  type NewDirection,
  type ServerFrame,
} from "./protocol";
import { positionsIn, type Arrivals } from "./measures";
import { announceRecovery } from "./recovery";
import { Relay } from "./relay";
import { newRequestId } from "./request-id";
import {
  initialState,
  isAlreadyAdded,
  isStalled,
  nameOfStart,
  reduce,
  type PageAction,
  type PageState,
} from "./state";

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
  #state = initialState(loadOwn(), Date.now());
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
  /** What the gateway last said of its list of routes; null: nothing yet. */
  #listed: string | null = null;
  /** The number of the newest request for the routes: the answers to earlier ones are outdated. */
  #routesAsked = 0;
  /** When to ask over HTTP again while WebSocket does not work; Infinity: a request is on its way. */
  #pollAt = Infinity;
  /** How many such requests were answered in a row. */
  #polled = 0;
  #probing = false;

  /** What the gateway tells of notifications. */
  readonly relay = new Relay((frame) => this.#connection?.send(JSON.stringify(frame)) ?? false);

  /** What has arrived since the page was opened, for those who measure it. */
  readonly arrived: Arrivals = { frames: 0, positions: 0, bytes: 0 };

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
        this.relay.connected();
      },
      onFrame: (data) => {
        this.#receive(data);
      },
      onStatus: (status) => {
        this.#flush();
        this.#dispatch({ type: "connection", status, now: Date.now() });
        this.#polled = 0;
        this.#pollAt = Date.now() + OUTAGE_DELAY;
        if (status !== "open") {
          this.relay.lost();
          return;
        }
        announceRecovery();
        void this.#loadRoutes();
      },
      onAttempt: (delay) => {
        this.#dispatch({ type: "attempt", at: Date.now() + delay });
      },
      expectsTraffic: () =>
        !isStalled(this.#state) &&
        [...this.#state.deliveries.values()].some(({ phase }) => phase === "Running"),
    });
    this.#pollAt = Date.now() + OUTAGE_DELAY;
    this.#dispatch({ type: "network", online: navigator.onLine });
    window.addEventListener("online", () => {
      this.#dispatch({ type: "network", online: true });
      this.retryNow();
    });
    window.addEventListener("offline", () => {
      this.#dispatch({ type: "network", online: false });
      // Browsers keep a WebSocket for long after its network is gone. A gateway on this machine needs no network.
      void this.#probe();
    });
    setInterval(() => {
      const now = Date.now();
      this.#dispatch({ type: "tick", now });
      this.#numbers.prune(this.#state.deliveries);
      if (this.#state.connection !== "open" && now >= this.#pollAt) void this.#poll();
      if (outageOf(this.#state, now) === "silent") void this.#probe();
    }, TICK);
    void this.#loadRoutes();
  }

  /** Connects now rather than at the next attempt. */
  retryNow(): void {
    this.#connection?.retryNow();
    if (this.#state.routes.status === "failed") void this.#loadRoutes();
  }

  startDelivery(choice: StartChoice): boolean {
    const { routeId, title, courier } = choice;
    if (isAlreadyAdded(this.#state, routeId, courier)) {
      this.#notify({ key: "alreadyAdded", delivery: nameOfStart(choice) });
      return false;
    }
    const requestId = newRequestId();
    const data = {
      routeId,
      requestId,
      ...(courier === "" ? {} : { courier }),
      ...(choice.vehicle === "" ? {} : { vehicle: choice.vehicle }),
      ...(choice.speedKmh === null ? {} : { speedKmh: choice.speedKmh }),
    };
    if (!this.#send({ event: "new-direction", data })) return false;
    this.#unanswered.set(requestId, data);
    this.#dispatch({ type: "requested", start: { requestId, routeId, title, courier, sentAt: Date.now() } });
    return true;
  }

  command(deliveryId: string, action: Action): boolean {
    return this.#send({ event: "command", data: { deliveryId, action, requestId: newRequestId() } });
  }

  follow(deliveryId: string | null): void {
    if (deliveryId !== this.#state.following) this.#dispatch({ type: "follow", deliveryId });
  }

  /** Shows the card of a delivery on the map; null: of none. */
  point(deliveryId: string | null): void {
    this.#dispatch({ type: "point", deliveryId });
  }

  dismiss(messageId: number): void {
    this.#dispatch({ type: "dismiss", messageId });
  }

  #send(frame: ClientFrame): boolean {
    const sent = this.#connection?.send(JSON.stringify(frame)) ?? false;
    if (!sent) this.#notify({ key: "notSent" });
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
    this.arrived.frames += 1;
    this.arrived.bytes += typeof data === "string" ? data.length : data.byteLength;
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
    if (frame === null || this.relay.receive(frame)) return;
    this.#numbers.register(frame);
    if (frame.event === "reconnect") this.#connection?.move(frame.data.withinMilliseconds);
    if (frame.event === "status") this.#noticeRoutes(frame.data.routes);
    this.arrived.positions += positionsIn(frame);
    this.#urgent ||= frame.event === "snapshot";
    this.#frames.push(frame);
  }

  #receivePositions(bytes: ArrayBuffer) {
    const { positions, unknown } = decodePositions(bytes, this.#numbers.lookup);
    if (unknown > 0) this.#ignore(unknown, "binary: unknown number");
    this.arrived.positions += positions.length;
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
    if (frames.length > 0) this.#apply(frames);
  }

  #apply(frames: readonly ServerFrame[]) {
    this.#dispatch({ type: "frames", frames, now: Date.now(), clockOffset: clockOffset() ?? 0 });
  }

  /** Asks over HTTP what the WebSocket does not bring. */
  async #poll(): Promise<void> {
    this.#pollAt = Infinity;
    try {
      const { deliveries: known } = this.#state;
      const deliveries = await fetchDeliveries((id) => known.has(id));
      if (this.#isOpen()) return;
      this.#polled += 1;
      this.#apply([{ event: "snapshot", data: { deliveries } }]);
      if (this.#polled === 1) {
        // The gateway may just have come back.
        announceRecovery();
        this.retryNow();
      } else if (!this.#state.polling) {
        this.#dispatch({ type: "polling", polling: true });
      }
    } catch {
      this.#polled = 0;
      if (this.#state.polling) this.#dispatch({ type: "polling", polling: false });
    }
    this.#pollAt = Date.now() + POLL_INTERVAL;
  }

  /** Asks over HTTP whether the gateway is there, and gives the connection up if it is not. */
  async #probe(): Promise<void> {
    if (this.#probing) return;
    this.#probing = true;
    if (!(await isReachable())) this.#connection?.giveUp();
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL));
    this.#probing = false;
  }

  #isOpen(): boolean {
    return this.#state.connection === "open";
  }

  #dispatch(action: PageAction) {
    const before = this.#state;
    this.#state = reduce(before, action);
    if (this.#state.own !== before.own) saveOwn(this.#state.own);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }

  /** The list is loaded with every new connection; during one, when the gateway says that it is another. */
  #noticeRoutes(listed: string) {
    const isOther = this.#listed !== null && this.#listed !== listed;
    this.#listed = listed;
    if (isOther) void this.#loadRoutes();
  }

  async #loadRoutes(): Promise<void> {
    clearTimeout(this.#routesAgain);
    this.#routesAsked += 1;
    const asked = this.#routesAsked;
    try {
      const list = await fetchRoutes();
      if (asked === this.#routesAsked) this.#dispatch({ type: "routes", routes: { status: "ready", list } });
      assumeClock();
    } catch {
      if (this.#state.routes.status === "ready") return;
      this.#dispatch({ type: "routes", routes: { status: "failed" } });
      assumeClock();
      clearTimeout(this.#routesAgain);
      this.#routesAgain = setTimeout(() => void this.#loadRoutes(), ROUTES_RETRY);
    }
  }
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
