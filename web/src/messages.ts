// The few messages at the foot of the page: what they say, how long they stay. Words are in `i18n.ts`.

/** What a message says, without a language. */
export type MessageText =
  | { key: "finished" | "cancelled" | "failed" | "alreadyAdded" | "answerLost" | "answerLate"; title: string }
  | { key: "offline" }
  /** A whole sentence of the server, shown as it is. */
  | { key: "server"; sentence: string };

export type Tone = "success" | "error" | "info";

export interface Message {
  id: number;
  tone: Tone;
  text: MessageText;
  /** When it goes by itself, milliseconds since the epoch. */
  until: number;
}

/** As many as the original shows at once; a newer one pushes the oldest out. */
export const MOST_MESSAGES = 3;

const TONES: Record<MessageText["key"], Tone> = {
  finished: "success",
  cancelled: "info",
  failed: "error",
  alreadyAdded: "error",
  answerLost: "info",
  answerLate: "info",
  offline: "error",
  server: "error",
};

const STAYS: Record<Tone, number> = { success: 6_000, info: 8_000, error: 10_000 };

export function addMessage(messages: readonly Message[], text: MessageText, now: number): readonly Message[] {
  const tone = TONES[text.key];
  const id = Math.max(0, ...messages.map((message) => message.id)) + 1;
  return [...messages, { id, tone, text, until: now + STAYS[tone] }].slice(-MOST_MESSAGES);
}

/** The same list when none is due. */
export function dropOld(messages: readonly Message[], now: number): readonly Message[] {
  const stays = messages.filter((message) => now < message.until);
  return stays.length === messages.length ? messages : stays;
}
