// The page's URL hash as state for every component, and how to change it.

import { useMemo, useSyncExternalStore } from "react";
import {
  DEFAULT_HISTORY,
  formatAddress,
  parseAddress,
  type Address,
  type HistoryParams,
} from "../history/address";

const listeners = new Set<() => void>();

export function useAddress(): Address {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseAddress(hash), [hash]);
}

/** Changes the parameters of the history view. `push`: adds an entry to the browser's history. */
export function updateHistory(change: Partial<HistoryParams>, how: "push" | "replace" = "replace"): void {
  const next = formatAddress({ ...(parseAddress(location.hash) ?? DEFAULT_HISTORY), ...change });
  if (next === location.hash) return;
  if (how === "push") history.pushState(null, "", next);
  else history.replaceState(null, "", next);
  // Neither of the two fires an event.
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("hashchange", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("hashchange", listener);
  };
}
