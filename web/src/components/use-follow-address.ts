// Keeps the followed delivery in the URL: a link or a reload follows it again.

import { useEffect } from "react";
import { hasEnded } from "../deliveries";
import { followedBy } from "../following";
import { parseLive } from "../live-address";
import type { Session } from "../session";
import { updateLive } from "./use-address";

export function useFollowAddress(session: Session): void {
  useEffect(() => {
    /** What the URL asks for, as far as it was looked at. */
    let asked = parseLive(location.hash).follow;
    /** The delivery in the URL, until it is known. */
    let wanted = asked;
    let following = session.state.following;
    const sync = () => {
      const inUrl = parseLive(location.hash).follow;
      if (inUrl !== null && inUrl !== asked && inUrl !== session.state.following) {
        // A link was opened in the same tab.
        asked = inUrl;
        wanted = inUrl;
        if (session.state.following !== null) {
          session.follow(null);
          return;
        }
      }
      const { state } = session;
      if (wanted !== null && state.snapshots > 0) {
        const delivery = followedBy(wanted, state.deliveries);
        // Whoever has chosen another one meanwhile does not wait for this one any more.
        if (delivery !== "later" || state.following !== null) wanted = null;
        if (delivery !== null && delivery !== "later" && !hasEnded(delivery.phase)) {
          session.follow(delivery.deliveryId);
          return;
        }
      }
      if (wanted !== null) return;
      if (session.state.following === following && inUrl === following) return;
      following = session.state.following;
      asked = following;
      updateLive({ follow: following });
    };
    sync();
    window.addEventListener("hashchange", sync);
    const leave = session.subscribe(sync);
    return () => {
      window.removeEventListener("hashchange", sync);
      leave();
    };
  }, [session]);
}
