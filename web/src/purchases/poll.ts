// Asks again and again while somebody sees the page, and less and less often while the answers fail.

/** How often a service is asked, milliseconds. */
export const INTERVAL = 2_000;
/** A service that does not answer is asked less and less often, but at least so often. */
const MAX_INTERVAL = 30_000;

/** How long to wait after so many failures in a row, milliseconds. Pure. */
export function delayAfter(failures: number): number {
  return Math.min(MAX_INTERVAL, INTERVAL * 2 ** failures);
}

/** Whether anybody sees the page. */
export interface Visibility {
  readonly hidden: boolean;
  addEventListener: (type: "visibilitychange", listener: () => void) => void;
  removeEventListener: (type: "visibilitychange", listener: () => void) => void;
}

export interface Poll {
  /** Asks at once. */
  now: () => void;
  stop: () => void;
}

/** `round` asks once, and resolves to how long to wait until the next round, milliseconds; it never rejects. */
export function poll(round: (signal: AbortSignal) => Promise<number>, page: Visibility = document): Poll {
  const gone = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  /** Somebody wants another round as soon as this one is over. */
  let again = false;
  /** A round was due while nobody saw the page. */
  let missed = false;

  // In a function, so that the type checker does not assume the same answer before and after the `await`.
  const isOver = () => gone.signal.aborted;
  const run = async () => {
    clearTimeout(timer);
    again = running;
    if (running || isOver()) return;
    missed = page.hidden;
    if (missed) return;
    running = true;
    const wait = await round(gone.signal);
    running = false;
    if (!isOver()) timer = setTimeout(start, again ? 0 : Math.max(0, wait));
  };
  const start = () => {
    void run();
  };
  const show = () => {
    if (missed && !page.hidden) start();
  };

  page.addEventListener("visibilitychange", show);
  start();
  return {
    now: start,
    stop: () => {
      gone.abort();
      clearTimeout(timer);
      page.removeEventListener("visibilitychange", show);
    },
  };
}
