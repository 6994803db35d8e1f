// The connection to the gateway: opens it, reopens it after a loss, and moves to another gateway when asked to.
// It does not interpret the frames.

/** "connecting": the first attempt; "open": a frame has arrived; "reconnecting": the connection was lost or refused. */
export type ConnectionStatus = "connecting" | "open" | "reconnecting";

/** Short enough that a page recovers within half a second when its gateway dies. */
const MIN_BACKOFF = 150;
const MAX_BACKOFF = 15_000;
/** A page that expects positions and receives nothing for this long has a dead connection: browsers hide the server's pings. */
const IDLE_TIMEOUT = 30_000;
/** Spreads the moves of a page that keeps reaching a gateway which is going away. */
const MIN_MOVE_TIME = 1_000;
/** How long a new socket may take until its first frame. */
const HANDSHAKE_TIMEOUT = 10_000;
/** When a gateway shuts down gracefully, "reconnecting" is reported only if no other is found within this time. */
const GRACE_PERIOD = 3_000;
/** `WebSocket.OPEN`, and the close code of an endpoint that is going away. */
const OPEN = 1;
const GOING_AWAY = 1001;

/**
 * Milliseconds before attempt `attempt` (from 0): exponential, with jitter over the upper half, so that pages that lost
 * a gateway at the same time do not return at the same time.
 */
export function backoffDelay(attempt: number, random: number): number {
  const ceiling = Math.min(MAX_BACKOFF, MIN_BACKOFF * 2 ** Math.min(attempt, 10));
  return ceiling * (0.5 + 0.5 * random);
}

/** The part of `WebSocket` that is used here. */
export type Socket = Pick<WebSocket, "readyState" | "send" | "close" | "addEventListener">;
export type FrameData = string | ArrayBuffer;

export interface ConnectionOptions {
  open: () => Socket;
  /** A new socket is in use from now on; its frames follow. */
  onConnect: () => void;
  onFrame: (data: FrameData) => void;
  onStatus: (status: ConnectionStatus) => void;
  /** The next attempt follows after this many milliseconds; 0: it is being made. */
  onAttempt: (delay: number) => void;
  /** Whether vehicles are moving, so that silence means a dead connection. */
  expectsTraffic: () => boolean;
  random?: () => number;
}

export interface Connection {
  /** False when there is no connection: nothing was sent, and nothing is queued. */
  send: (text: string) => boolean;
  close: () => void;
  /** Skips the pause between attempts, because the network has just come back. */
  retryNow: () => void;
  /** The gateway does not answer otherwise either: does not wait for the silence to prove that the connection is dead. */
  giveUp: () => void;
  /** The gateway is going away: finds another one within this time, and leaves this one when the other sends a frame. */
  move: (withinMilliseconds: number) => void;
}

/** One socket to a gateway. */
interface Link {
  socket: Socket;
  /** Its events are ignored from now on. */
  dropped: boolean;
  silence: ReturnType<typeof setTimeout> | undefined;
}

export function connect(options: ConnectionOptions): Connection {
  const random = options.random ?? Math.random;
  /** The socket in use, and one that may replace it. */
  let current: Link | null = null;
  let candidate: Link | null = null;
  let status: ConnectionStatus = "connecting";
  let attempt = 0;
  let moving = false;
  let closed = false;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;

  function setStatus(next: ConnectionStatus) {
    clearTimeout(grace);
    grace = undefined;
    if (next === status) return;
    status = next;
    options.onStatus(next);
  }

  function drop(link: Link | null) {
    if (link === null || link.dropped) return;
    link.dropped = true;
    clearTimeout(link.silence);
    link.socket.close();
  }

  function dial() {
    clearTimeout(pause);
    pause = undefined;
    if (candidate !== null) return;
    options.onAttempt(0);
    const link: Link = { socket: options.open(), dropped: false, silence: undefined };
    candidate = link;
    link.socket.addEventListener("message", ({ data }: MessageEvent) => {
      if (link.dropped) return;
      // Only a frame proves that the gateway works: a proxy without a backend accepts and closes at once.
      if (link === candidate) promote(link);
      restartIdleTimer(link);
      if (typeof data === "string" || data instanceof ArrayBuffer) options.onFrame(data);
    });
    link.socket.addEventListener("close", ({ code }: CloseEvent) => {
      handleLoss(link, code === GOING_AWAY);
    });
    link.socket.addEventListener("error", () => {
      handleLoss(link, false);
    });
    link.silence = setTimeout(() => {
      handleLoss(link, false);
    }, HANDSHAKE_TIMEOUT);
  }

  function promote(link: Link) {
    drop(current);
    current = link;
    candidate = null;
    attempt = 0;
    moving = false;
    options.onConnect();
    setStatus("open");
  }

  function restartIdleTimer(link: Link) {
    clearTimeout(link.silence);
    link.silence = setTimeout(() => {
      if (options.expectsTraffic()) handleLoss(link, false);
      else restartIdleTimer(link);
    }, IDLE_TIMEOUT);
  }

  function handleLoss(link: Link, inOrder: boolean) {
    if (link.dropped) return;
    drop(link);
    if (link === candidate) candidate = null;
    if (link === current) {
      current = null;
      attempt = 0;
      if (inOrder || moving) grace = setTimeout(setStatus, GRACE_PERIOD, "reconnecting");
      else setStatus("reconnecting");
    } else if (current === null && grace === undefined) {
      setStatus("reconnecting");
    }
    if (closed || candidate !== null) return;
    clearTimeout(pause);
    const delay = backoffDelay(attempt, random());
    pause = setTimeout(dial, delay);
    attempt += 1;
    options.onAttempt(delay);
  }

  dial();
  return {
    send(text) {
      if (current?.socket.readyState !== OPEN) return false;
      current.socket.send(text);
      return true;
    },
    close() {
      closed = true;
      clearTimeout(pause);
      clearTimeout(grace);
      drop(current);
      drop(candidate);
    },
    retryNow() {
      if (!closed && pause !== undefined) dial();
    },
    giveUp() {
      if (current !== null) handleLoss(current, false);
    },
    move(withinMilliseconds) {
      if (moving || closed || current === null) return;
      moving = true;
      pause = setTimeout(dial, random() * Math.max(MIN_MOVE_TIME, withinMilliseconds));
    },
  };
}
