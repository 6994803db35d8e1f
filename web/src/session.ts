// The one place where things happen: frames come in, requests go out, time passes; each becomes an action of `state.ts`.

import { connect, type Connection } from "./connection";
import { fetchRoutes, socketUrl } from "./http";
import { BadMessage, parseFrame, type Action, type ClientFrame, type ServerFrame } from "./protocol";
import { initialState, isAlreadyAdded, reduce, type PageAction, type PageState } from "./state";

/** What a person chooses for a new delivery. */
export interface StartChoice {
  routeId: string;
  title: string;
  courier: string;
  vehicle: string;
  /** Null: as recorded. */
  speedKmh: number | null;
}

/** Frames that arrive within so many milliseconds are one change of the state. */
const BATCH = 40;
/** Hidden pages get their timers late: so many frames do not wait for one. */
const MOST_FRAMES = 1_000;
const TICK = 500;
const ROUTES_AGAIN = 5_000;
const OWN_KEY = "code-delivery.own";

export class Session {
  #state = initialState(loadOwn());
  #connection: Connection | null = null;
  readonly #listeners = new Set<() => void>();
  #frames: ServerFrame[] = [];
  #ignored = 0;
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #routesAgain: ReturnType<typeof setTimeout> | undefined;

  get state(): PageState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Connects, and stays so for the life of the page. */
  start(): void {
    this.#connection = connect({
      open: () => new WebSocket(socketUrl()),
      onFrame: (text) => {
        this.#receive(text);
      },
      onStatus: (status) => {
        this.#flush();
        this.#dispatch({ type: "connection", status, now: Date.now() });
        if (status === "open") void this.#loadRoutes();
      },
      expectsTraffic: () => [...this.#state.deliveries.values()].some(({ phase }) => phase === "Running"),
    });
    window.addEventListener("online", () => this.#connection?.retryNow());
    setInterval(() => {
      this.#dispatch({ type: "tick", now: Date.now() });
    }, TICK);
    void this.#loadRoutes();
  }

  startDelivery(choice: StartChoice): boolean {
    const { routeId, title } = choice;
    if (isAlreadyAdded(this.#state, routeId)) {
      this.#say({ key: "alreadyAdded", title });
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
    if (!sent) this.#say({ key: "offline" });
    return sent;
  }

  #say(text: Extract<PageAction, { type: "say" }>["text"]) {
    this.#dispatch({ type: "say", text, now: Date.now() });
  }

  #receive(text: string) {
    try {
      const { frame, dropped } = parseFrame(text);
      this.#ignored += dropped;
      if (frame !== null) this.#frames.push(frame);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.#ignored += 1;
    }
    if (this.#frames.length >= MOST_FRAMES) this.#flush();
    else this.#flushSoon();
  }

  #flushSoon() {
    this.#flushing ??= setTimeout(() => {
      this.#flush();
    }, BATCH);
  }

  #flush() {
    clearTimeout(this.#flushing);
    this.#flushing = undefined;
    const frames = this.#frames;
    const ignored = this.#ignored;
    this.#frames = [];
    this.#ignored = 0;
    if (frames.length + ignored > 0) this.#dispatch({ type: "frames", frames, ignored, now: Date.now() });
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
      this.#routesAgain = setTimeout(() => void this.#loadRoutes(), ROUTES_AGAIN);
    }
  }
}

/** Not `randomUUID`: that exists on secure origins only, and a laptop's cluster is often reached by plain HTTP. */
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What this page started outlives a reload, not the tab. Storage may be forbidden: then it does not. */
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
    // Forgotten at the next reload, no more.
  }
}
