// A response of the gateway in a component: fetched when its path changes, aborted when it is no longer needed.

import { useCallback, useEffect, useState } from "react";
import { HistoryError, mayPass, requestJson, type Problem } from "../history/client";
import { onRecovery } from "../recovery";

export interface Fetched<Value> {
  status: "idle" | "loading" | "ready" | "failed";
  /** The latest value, also while the next one is loading. */
  value: Value | null;
  problem: Problem | null;
  /** The latest answer's problem, also while the next one is loading: what is said of it does not come and go. */
  lastProblem: Problem | null;
}

interface Settled<Value> {
  key: string;
  value: Value | null;
  problem: Problem | null;
}

/** How long until what failed is asked for again, milliseconds; sooner when the gateway is back. */
const AGAIN = 5_000;

/**
 * Loads the value of a key; null: nothing. `load` must be the same function at every render, and throw only
 * `HistoryError` or the abort error of its signal.
 */
export function useLoaded<Value>(
  key: string | null,
  load: (key: string, signal: AbortSignal) => Promise<Value>,
): Fetched<Value> {
  const [settled, setSettled] = useState<Settled<Value> | null>(null);

  useEffect(() => {
    if (key === null) return;
    const gone = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    /** The failed request, as long as it is not being repeated. */
    let failed = false;
    const request = () => {
      failed = false;
      clearTimeout(again);
      load(key, gone.signal).then(
        (value) => {
          if (!gone.signal.aborted) setSettled({ key, value, problem: null });
        },
        (error: unknown) => {
          if (gone.signal.aborted) return;
          const problem: Problem = error instanceof HistoryError ? error.problem : { kind: "failed" };
          setSettled((before) => ({ key, value: before?.value ?? null, problem }));
          if (!mayPass(problem)) return;
          failed = true;
          again = setTimeout(request, AGAIN);
        },
      );
    };
    const forget = onRecovery(() => {
      if (failed) request();
    });
    request();
    return () => {
      gone.abort();
      clearTimeout(again);
      forget();
    };
  }, [key, load]);

  if (key === null) return { status: "idle", value: null, problem: null, lastProblem: null };
  const value = settled?.value ?? null;
  const lastProblem = settled?.problem ?? null;
  if (settled?.key !== key) return { status: "loading", value, problem: null, lastProblem };
  return { status: lastProblem === null ? "ready" : "failed", value, problem: lastProblem, lastProblem };
}

/** Fetches nothing while `path` is null. A change of `revision` fetches the same path again. */
export function useFetched<Value>(
  path: string | null,
  read: (body: unknown) => Value,
  revision = 0,
): Fetched<Value> {
  const load = useCallback(
    (key: string, signal: AbortSignal) => requestJson(key.slice(key.indexOf(" ") + 1), read, signal),
    [read],
  );
  return useLoaded(path === null ? null : `${revision} ${path}`, load);
}
