// The page's URL hash as state for every component, and how to change it.

import { useMemo, useSyncExternalStore } from "react";
import { parseDelivery, type DeliveryAddress } from "../delivery/address";
import {
  DEFAULT_HISTORY,
  formatAddress,
  parseAddress,
  type Address,
  type HistoryParams,
} from "../history/address";
import { formatLive, parseLive, type LiveParams } from "../live-address";
import { isPurchases } from "../purchases/address";

const listeners = new Set<() => void>();

export function useAddress(): Address {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseAddress(hash), [hash]);
}

/** The delivery whose own page is shown; null: another view is. */
export function useDeliveryAddress(): DeliveryAddress | null {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseDelivery(hash), [hash]);
}

/** Whether the purchases view is shown. */
export function usePurchasesAddress(): boolean {
  return useSyncExternalStore(subscribe, () => isPurchases(location.hash));
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

export function useLiveParams(): LiveParams {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseLive(hash), [hash]);
}

/** Changes the parameters of the live view, in place: each letter of a search would be an entry of the browser's history. */
export function updateLive(change: Partial<LiveParams>): void {
  const next = formatLive({ ...parseLive(location.hash), ...change });
  if (next === (location.hash || "#")) return;
  history.replaceState(null, "", next);
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
