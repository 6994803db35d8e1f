import { useEffect } from "react";
import type { Session } from "../session";
import { DeliveryList } from "./DeliveryList";
import { MapView } from "./MapView";
import { Sheet } from "./Sheet";
import { StartForm } from "./StartForm";
import { useFollowAddress } from "./use-follow-address";

/** The live view: the form, the list and the map. */
export function LiveView({ session }: { session: Session }) {
  useFollowAddress(session);
  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      // In a dialog or an open select, Escape closes that.
      const target = event.target instanceof Element ? event.target.closest("dialog, select") : null;
      if (event.key === "Escape" && target === null) session.follow(null);
    };
    document.addEventListener("keydown", leave);
    return () => {
      document.removeEventListener("keydown", leave);
    };
  }, [session]);

  return (
    <>
      <Sheet>
        <StartForm session={session} />
        <DeliveryList session={session} />
      </Sheet>
      <MapView session={session} />
    </>
  );
}
