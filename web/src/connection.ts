// The line to the gateway: opens it, keeps it open, moves to another gateway in time, and says when there is none.
// What the frames mean is not known here.

/** "connecting": the first time; "open": a frame has arrived; "reconnecting": it was lost or refused. */
export type ConnectionStatus = "connecting" | "open" | "reconnecting";

/** So short that a page whose gateway died is whole again within half a second. */
const FIRST_DELAY = 150;
const LONGEST_DELAY = 15_000;
/** A page that expects positions and hears nothing for so long is on a dead line: browsers hide the server's pings. */
const SILENCE = 30_000;
/** So that a gateway that sends everyone away at once and is found again does not keep a page busy. */
const LEAST_MOVE = 1_000;
/** A new line without a frame after so long is none. */
const HANDSHAKE = 10_000;
/** A gateway that goes away in order is no news: nobody is told unless no other is found within so long. */
const GRACE = 3_000;
/** `WebSocket.OPEN`, and the close code of an end that goes away. */
const OPEN = 1;
const GOING_AWAY = 1001;

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
export type FrameData = string | ArrayBuffer;

export interface ConnectionOptions {
  open: () => Socket;
  /** Another line is in use from now on; its frames follow. */
  onLine: () => void;
  onFrame: (data: FrameData) => void;
  onStatus: (status: ConnectionStatus) => void;
  /** Whether something moves, so that silence is a sign of a dead line. */
  expectsTraffic: () => boolean;
  random?: () => number;
}

export interface Connection {
  /** False when there is no line: nothing was sent and nothing will be. */
  send: (text: string) => boolean;
  close: () => void;
  /** Ends a pause between attempts, as the network has just come back. */
  retryNow: () => void;
  /** The gateway goes away: finds another within so many milliseconds, and leaves this one when that one talks. */
  move: (withinMilliseconds: number) => void;
}

interface Line {
  socket: Socket;
  /** No more is heard of it. */
  dropped: boolean;
  silence: ReturnType<typeof setTimeout> | undefined;
}

export function connect(options: ConnectionOptions): Connection {
  const random = options.random ?? Math.random;
  /** The line in use, and one that may take its place. */
  let current: Line | null = null;
  let candidate: Line | null = null;
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

  function drop(line: Line | null) {
    if (line === null || line.dropped) return;
    line.dropped = true;
    clearTimeout(line.silence);
    line.socket.close();
  }

  function dial() {
    clearTimeout(pause);
    pause = undefined;
    if (candidate !== null) return;
    const line: Line = { socket: options.open(), dropped: false, silence: undefined };
    candidate = line;
    line.socket.addEventListener("message", ({ data }: MessageEvent) => {
      if (line.dropped) return;
      // Only a frame proves a working gateway: a proxy in front of none accepts and closes at once.
      if (line === candidate) use(line);
      listen(line);
      if (typeof data === "string" || data instanceof ArrayBuffer) options.onFrame(data);
    });
    line.socket.addEventListener("close", ({ code }: CloseEvent) => {
      lose(line, code === GOING_AWAY);
    });
    line.socket.addEventListener("error", () => {
      lose(line, false);
    });
    line.silence = setTimeout(() => {
      lose(line, false);
    }, HANDSHAKE);
  }

  function use(line: Line) {
    drop(current);
    current = line;
    candidate = null;
    attempt = 0;
    moving = false;
    options.onLine();
    setStatus("open");
  }

  function listen(line: Line) {
    clearTimeout(line.silence);
    line.silence = setTimeout(() => {
      if (options.expectsTraffic()) lose(line, false);
      else listen(line);
    }, SILENCE);
  }

  function lose(line: Line, inOrder: boolean) {
    if (line.dropped) return;
    drop(line);
    if (line === candidate) candidate = null;
    if (line === current) {
      current = null;
      attempt = 0;
      if (inOrder || moving) grace = setTimeout(setStatus, GRACE, "reconnecting");
      else setStatus("reconnecting");
    } else if (current === null && grace === undefined) {
      setStatus("reconnecting");
    }
    if (closed || candidate !== null) return;
    clearTimeout(pause);
    pause = setTimeout(dial, backoffDelay(attempt, random()));
    attempt += 1;
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
    move(withinMilliseconds) {
      if (moving || closed || current === null) return;
      moving = true;
      pause = setTimeout(dial, random() * Math.max(LEAST_MOVE, withinMilliseconds));
    },
  };
}
