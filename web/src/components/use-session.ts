// The session's state in components: immediately where the user waits for it, throttled where it is a stream.

import { useEffect, useState, useSyncExternalStore } from "react";
import type { Deliveries } from "../deliveries";
import type { Session } from "../session";
import type { PageState } from "../state";

/** A part of the state; the component is re-rendered when that part changes. */
export function usePart<Part>(session: Session, select: (state: PageState) => Part): Part {
  return useSyncExternalStore(session.subscribe, () => select(session.state));
}

/** Milliseconds between renders of the list: five per second, or one when it is long. */
const LIST_INTERVAL = 200;
const LONG_LIST = 60;
const LONG_LIST_INTERVAL = 1000;

/** The deliveries for the list, throttled however many positions arrive. */
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
      // The user waits for the first snapshot, and for the one after a lost connection.
      if (state.snapshots !== snapshots) {
        snapshots = state.snapshots;
        show();
      } else {
        timer ??= setTimeout(show, state.deliveries.size > LONG_LIST ? LONG_LIST_INTERVAL : LIST_INTERVAL);
      }
    });
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [session]);
  return deliveries;
}
