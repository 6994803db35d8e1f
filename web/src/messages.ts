// The messages at the foot of the page: which ones, and how long they stay. Their texts are in `i18n.ts`.

import type { DeliveryName } from "./names";

/** The content of a message, independent of the language. */
export type MessageText =
  | {
      key: "started" | "finished" | "cancelled" | "failed" | "alreadyAdded" | "answerLost" | "answerLate";
      delivery: DeliveryName;
    }
  | { key: "notSent" }
  /** `reason` is the gateway's: one that the page has no words for is shown as it is. */
  | { key: "refused"; reason: string };

export type Tone = "success" | "error" | "info";

export interface Message {
  id: number;
  tone: Tone;
  text: MessageText;
  /** When it disappears by itself, milliseconds since the epoch. */
  until: number;
}

/** A newer message pushes the oldest out. */
export const MAX_MESSAGES = 3;

const TONES: Record<MessageText["key"], Tone> = {
  started: "success",
  finished: "success",
  cancelled: "info",
  failed: "error",
  alreadyAdded: "error",
  answerLost: "info",
  answerLate: "info",
  notSent: "error",
  refused: "error",
};

/** How long a message stays, milliseconds. */
const DURATIONS: Record<Tone, number> = { success: 6_000, info: 8_000, error: 10_000 };

export function addMessage(messages: readonly Message[], text: MessageText, now: number): readonly Message[] {
  const tone = TONES[text.key];
  const id = Math.max(0, ...messages.map((message) => message.id)) + 1;
  return [...messages, { id, tone, text, until: now + DURATIONS[tone] }].slice(-MAX_MESSAGES);
}

/** The same list when none has expired. */
export function dropExpired(messages: readonly Message[], now: number): readonly Message[] {
  const stays = messages.filter((message) => now < message.until);
  return stays.length === messages.length ? messages : stays;
}
