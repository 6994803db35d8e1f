// A component whose code is loaded when it is first needed, however often that takes.

import { useEffect, useState, type FunctionComponent } from "react";
import { loadAtLast } from "./load-at-last";

export interface LoadedView<Props> {
  /** Null: not yet. */
  View: FunctionComponent<Props> | null;
  /** The last attempt failed; the next one follows. */
  failed: boolean;
}

/** `load` imports the code; it must be the same function at every render. */
export function useLoadedView<Props>(load: () => Promise<FunctionComponent<Props>>): LoadedView<Props> {
  const [View, setView] = useState<FunctionComponent<Props> | null>(null);
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const gone = new AbortController();
    const fail = () => {
      setFailed(true);
    };
    void loadAtLast(load, fail, gone.signal).then((loaded) => {
      if (loaded !== null) setView(() => loaded);
    });
    return () => {
      gone.abort();
    };
  }, [load]);

  return { View, failed };
}
