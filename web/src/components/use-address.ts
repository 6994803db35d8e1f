// The part of the page's address after `#`, for every component; and the ways to change it.

import { useMemo, useSyncExternalStore } from "react";
import { USUAL_PAST, formatAddress, parseAddress, type Address, type Past } from "../history/address";

const listeners = new Set<() => void>();

export function useAddress(): Address {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseAddress(hash), [hash]);
}

/** Changes what is looked back on. `push`: the browser's "back" leads to what was shown before. */
export function lookBack(change: Partial<Past>, how: "push" | "replace" = "replace"): void {
  const next = formatAddress({ ...(parseAddress(location.hash) ?? USUAL_PAST), ...change });
  if (next === location.hash) return;
  if (how === "push") history.pushState(null, "", next);
  else history.replaceState(null, "", next);
  // Neither of the two tells anybody.
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
