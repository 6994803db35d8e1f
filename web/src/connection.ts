// The socket to the gateway: opens it, keeps it open, and says when it is not. What the frames mean is not known here.

/** "connecting": the first time; "open": a frame has arrived; "reconnecting": it was lost or refused. */
export type ConnectionStatus = "connecting" | "open" | "reconnecting";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
/** A page that expects positions and hears nothing for so long is on a dead line: browsers hide the server's pings. */
const SILENCE = 30_000;
/** `WebSocket.OPEN`. */
const OPEN = 1;

/**
 * Milliseconds before attempt `attempt` (from 0): exponential, with jitter over its upper half, so that the pages that
 * lost one gateway together do not return together.
 */
export function backoffDelay(attempt: number, random: number): number {
  const ceiling = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempt, 10));
  return ceiling * (0.5 + 0.5 * random);
}

/** The part of `WebSocket` that is used. */
export type Socket = Pick<WebSocket, "readyState" | "send" | "close" | "addEventListener">;

export interface ConnectionOptions {
  open: () => Socket;
  onFrame: (text: string) => void;
  onStatus: (status: ConnectionStatus) => void;
  /** Whether something moves, so that silence is a sign of a dead line. */
  expectsTraffic: () => boolean;
  random?: () => number;
}

export interface Connection {
  /** False when the line is down: nothing was sent and nothing will be. */
  send: (text: string) => boolean;
  close: () => void;
  /** Ends a pause between attempts, as the network has just come back. */
  retryNow: () => void;
}

export function connect(options: ConnectionOptions): Connection {
  const random = options.random ?? Math.random;
  let socket: Socket | null = null;
  let status: ConnectionStatus = "connecting";
  let attempt = 0;
  let closed = false;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function setStatus(next: ConnectionStatus) {
    if (next === status) return;
    status = next;
    options.onStatus(next);
  }

  function open() {
    pause = undefined;
    const current = options.open();
    socket = current;
    let lost = false;
    const lose = () => {
      if (lost) return;
      lost = true;
      clearTimeout(silence);
      current.close();
      if (socket === current) socket = null;
      if (closed) return;
      setStatus("reconnecting");
      pause = setTimeout(open, backoffDelay(attempt, random()));
      attempt += 1;
    };
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        if (options.expectsTraffic()) lose();
        else listen();
      }, SILENCE);
    };
    current.addEventListener("message", (event: MessageEvent) => {
      if (lost) return;
      listen();
      // Only a frame proves a working gateway: a proxy in front of none accepts and closes at once.
      attempt = 0;
      setStatus("open");
      if (typeof event.data === "string") options.onFrame(event.data);
    });
    current.addEventListener("close", lose);
    current.addEventListener("error", lose);
    clearTimeout(silence);
    // A handshake without an answer must not wait for ever.
    silence = setTimeout(lose, SILENCE);
  }

  open();
  return {
    send(text) {
      if (socket === null || status !== "open" || socket.readyState !== OPEN) return false;
      socket.send(text);
      return true;
    },
    close() {
      closed = true;
      clearTimeout(pause);
      clearTimeout(silence);
      socket?.close();
    },
    retryNow() {
      if (closed || pause === undefined) return;
      clearTimeout(pause);
      open();
    },
  };
}
