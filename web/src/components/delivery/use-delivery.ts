// What the gateway knows of one delivery: found by its name, then asked for again and again.

import { useEffect, useState } from "react";
import type { DeliveryAddress } from "../../delivery/address";
import { combine, findDelivery, stateOf, type PageState } from "../../delivery/found";
import { hasEnded } from "../../deliveries";
import { deliveryPath, namedPath } from "../../history/query";
import { readDeliveryPage, readDetails, type DeliveryDetails, type DeliveryView } from "../../protocol";
import type { Session } from "../../session";
import { useFetched } from "../use-fetched";
import { usePart } from "../use-session";

/** How often to ask for what the stream does not bring, milliseconds: while it is under way, and afterwards. */
const ASK_AGAIN = 5_000;
const ASK_AGAIN_ENDED = 30_000;

export interface ShownDelivery {
  state: PageState;
  delivery: DeliveryDetails | null;
}

export function useDelivery(session: Session, address: DeliveryAddress): ShownDelivery {
  const streamed = usePart(session, ({ deliveries }) => findDelivery(deliveries, address));
  const known = usePart(session, ({ snapshots, connection }) => snapshots > 0 || connection !== "connecting");
  /** What this page has shown: of two by the same name it stays with one of them. */
  const [shown, setShown] = useState<string | null>(null);
  const live = shown === null || streamed?.deliveryId === shown ? streamed : null;
  const searches = known && live === null && shown === null && address.id === null;
  const search = useFetched(searches ? namedPath(address) : null, readNamed);
  const id = shown ?? live?.deliveryId ?? address.id ?? search.value?.[0]?.deliveryId ?? null;
  const [asked, setAsked] = useState(0);
  const details = useFetched(id === null ? null : deliveryPath(id), readDetails, asked);
  const delivery = combine(live, details.value);
  const phase = delivery?.phase ?? null;
  const ended = phase !== null && hasEnded(phase);
  const isLive = live !== null;

  if (delivery !== null && shown === null) setShown(delivery.deliveryId);

  // What failed is asked for again by `useFetched`; what is refused stays so.
  const isAnswered = details.status === "ready";
  useEffect(() => {
    if (!isAnswered) return;
    const again = () => {
      if (!document.hidden) setAsked((count) => count + 1);
    };
    const timer = setInterval(again, ended ? ASK_AGAIN_ENDED : ASK_AGAIN);
    return () => {
      clearInterval(timer);
    };
  }, [isAnswered, ended]);

  // A new phase, or that it has left the stream, is news of more than the stream tells.
  const [told, setTold] = useState({ phase, isLive });
  if (told.phase !== phase || told.isLive !== isLive) {
    setTold({ phase, isLive });
    if (told.phase !== null) setAsked(asked + 1);
  }

  return { state: stateOf({ live, search, details }), delivery };
}

/**
 * The newest delivery by a name; empty: there is none.
 * @throws {BadMessage}
 */
function readNamed(value: unknown): DeliveryView[] {
  return readDeliveryPage(value).deliveries.slice(0, 1);
}
