// The session's state in components: at once where a person waits for it, a few times a second where it is a stream.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Deliveries } from "../deliveries";
import type { Session } from "../session";
import type { PageState } from "../state";

/** A part of the state; the component is drawn again when that part is another object. */
export function usePart<Part>(session: Session, select: (state: PageState) => Part): Part {
  return useSyncExternalStore(session.subscribe, () => select(session.state));
}

/** Milliseconds from one drawing of the list to the next: five times a second, or once when it is long. */
const LIST_EVERY = 200;
const LONG_LIST = 60;
const LONG_LIST_EVERY = 1000;

/** The deliveries as the list shows them, however many positions come. */
export function useDeliveries(session: Session): Deliveries {
  const [deliveries, setDeliveries] = useState(session.state.deliveries);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let snapshots = session.state.snapshots;
    const show = () => {
      clearTimeout(timer);
      timer = undefined;
      setDeliveries(session.state.deliveries);
    };
    const unsubscribe = session.subscribe(() => {
      const { state } = session;
      // Somebody waits for the first one, and for one after a lost line.
      if (state.snapshots !== snapshots) {
        snapshots = state.snapshots;
        show();
      } else {
        timer ??= setTimeout(show, state.deliveries.size > LONG_LIST ? LONG_LIST_EVERY : LIST_EVERY);
      }
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [session]);
  return deliveries;
}
