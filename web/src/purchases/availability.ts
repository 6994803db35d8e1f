// Whether this installation sells anything: what a first request to the purchases service says.

import { onRecovery } from "../recovery";
import { ask, problemIn } from "./client";
import { readPurchasesPage } from "./shapes";

/** "absent": it has no such service, or another address has it; "away": it has one that does not respond. */
export type Availability = "unknown" | "present" | "absent" | "away";

/** How long until a service that is away is asked again, milliseconds: at first, and at most. */
const AGAIN = 5_000;
const MAX_AGAIN = 60_000;

const listeners = new Set<() => void>();
const never = new AbortController().signal;
let current: Availability = "unknown";
let asking = false;
let again = AGAIN;
let timer: ReturnType<typeof setTimeout> | undefined;

export function availability(): Availability {
  return current;
}

/** Asks when the first listener comes. */
export function onAvailability(listener: () => void): () => void {
  listeners.add(listener);
  if (current === "unknown") void request();
  return () => listeners.delete(listener);
}

async function request(): Promise<void> {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  try {
    await ask("api/purchases?limit=1", readPurchasesPage, never);
    settle("present");
  } catch (error) {
    const { kind } = problemIn(error);
    settle(kind === "absent" || kind === "unknown" ? "absent" : "away");
  }
  asking = false;
  if (current !== "away") return;
  timer = setTimeout(() => void request(), again);
  again = Math.min(MAX_AGAIN, 2 * again);
}

function settle(next: Availability) {
  if (current === next) return;
  current = next;
  for (const listener of listeners) listener();
}

onRecovery(() => {
  if (current === "away") void request();
});
