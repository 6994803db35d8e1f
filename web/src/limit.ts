// Limits how many tasks run at the same time.

/** Returns a function that runs tasks, at max `max` at a time, in the order in which they were given. */
export function limitTo(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter() {
    if (running < max) {
      running += 1;
      return;
    }
    // `leave` passes its slot on; `running` does not change.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function leave() {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }

  return async (task) => {
    await enter();
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
