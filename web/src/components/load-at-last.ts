// Loads a part of the page's code, however often that takes: the gateway may be away for a moment.

import { onRecovery } from "../recovery";

/** How long until the code is asked for again, milliseconds; sooner when the gateway is back. */
const LOAD_AGAIN = 5_000;

/** Loads again and again until it succeeds; null: no longer needed. */
export async function loadAtLast<Loaded>(
  load: () => Promise<Loaded>,
  onFailure: () => void,
  gone: AbortSignal,
): Promise<Loaded | null> {
  while (!gone.aborted) {
    try {
      const loaded = await load();
      return isGone(gone) ? null : loaded;
    } catch {
      if (isGone(gone)) return null;
      onFailure();
      await recoveryOr(LOAD_AGAIN);
    }
  }
  return null;
}

/** In a function, so that the type checker does not assume the same answer before and after an `await`. */
function isGone(signal: AbortSignal): boolean {
  return signal.aborted;
}

function recoveryOr(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      forget();
      resolve();
    };
    const forget = onRecovery(done);
    const timer = setTimeout(done, milliseconds);
  });
}
