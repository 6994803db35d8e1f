// What the whole page knows of purchases: whether there is such a service, and who bought last with this browser.

import { useSyncExternalStore } from "react";
import { availability, onAvailability, type Availability } from "../../purchases/availability";
import { onRecipient, recipient, type Recipient } from "../../purchases/recipient";

/** The first component that asks makes the page ask the service. */
export function useAvailability(): Availability {
  return useSyncExternalStore(onAvailability, availability);
}

/** Null: nobody has bought with this browser. */
export function useRecipient(): Recipient | null {
  return useSyncExternalStore(onRecipient, recipient);
}
