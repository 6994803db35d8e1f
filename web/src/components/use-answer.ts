// An answer of the gateway in a component: asked for when its address changes, called off when that is no longer wanted.

import { useCallback, useEffect, useState } from "react";
import { HistoryError, ask, type Problem } from "../history/ask";

export interface Answer<Value> {
  status: "idle" | "loading" | "ready" | "failed";
  /** The newest that came, also while another one is on its way. */
  value: Value | null;
  problem: Problem | null;
}

interface Settled<Value> {
  key: string;
  value: Value | null;
  problem: Problem | null;
}

/**
 * Loads what a key stands for; null: nothing. `load` must be the same function at every drawing, and throw nothing but
 * a `HistoryError` or what its signal makes it throw.
 */
export function useLoaded<Value>(
  key: string | null,
  load: (key: string, signal: AbortSignal) => Promise<Value>,
): Answer<Value> {
  const [settled, setSettled] = useState<Settled<Value> | null>(null);

  useEffect(() => {
    if (key === null) return;
    const gone = new AbortController();
    load(key, gone.signal).then(
      (value) => {
        if (!gone.signal.aborted) setSettled({ key, value, problem: null });
      },
      (error: unknown) => {
        if (gone.signal.aborted) return;
        const problem: Problem = error instanceof HistoryError ? error.problem : { kind: "failed" };
        setSettled((before) => ({ key, value: before?.value ?? null, problem }));
      },
    );
    return () => {
      gone.abort();
    };
  }, [key, load]);

  if (key === null) return { status: "idle", value: null, problem: null };
  const value = settled?.value ?? null;
  if (settled?.key !== key) return { status: "loading", value, problem: null };
  const { problem } = settled;
  return { status: problem === null ? "ready" : "failed", value, problem };
}

/** `path` null: nothing is asked. `turn` asks for the same again when it changes. */
export function useAnswer<Value>(
  path: string | null,
  read: (body: unknown) => Value,
  turn = 0,
): Answer<Value> {
  const load = useCallback(
    (key: string, signal: AbortSignal) => ask(key.slice(key.indexOf(" ") + 1), read, signal),
    [read],
  );
  return useLoaded(path === null ? null : `${turn} ${path}`, load);
}
