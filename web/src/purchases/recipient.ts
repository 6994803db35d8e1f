// Who bought last with this browser: the notifications in the bell are theirs.

import { asObject, identity, orNull, parseJson, textOf } from "../reading";

export interface Recipient {
  /** The customer's id, which is also the recipient's. */
  id: string;
  name: string;
}

const KEY = "code-delivery.recipient";
const listeners = new Set<() => void>();
let current: Recipient | null = load();

/** The same object until it changes. */
export function recipient(): Recipient | null {
  return current;
}

export function onRecipient(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function rememberRecipient({ id, name }: Recipient): void {
  if (current?.id === id && current.name === name) return;
  current = { id, name };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Storage is blocked: they are forgotten at the next reload.
  }
  for (const listener of listeners) listener();
}

/** Null: nobody, or not what this page has stored. */
export function parseRecipient(text: string | null): Recipient | null {
  if (text === null) return null;
  return orNull(() => {
    const stored = asObject(parseJson(text), "recipient");
    return { id: identity(stored, "id"), name: textOf(stored, "name") };
  });
}

function load(): Recipient | null {
  try {
    return parseRecipient(localStorage.getItem(KEY));
  } catch {
    return null;
  }
}
