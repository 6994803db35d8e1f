// A limit on how many tasks run at once.

/** Returns a function that runs tasks, at most `most` at a time, in the order in which they were given. */
export function limitTo(most: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function enter() {
    if (running < most) {
      running += 1;
      return;
    }
    // The place is handed over by `leave`; `running` does not change.
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
