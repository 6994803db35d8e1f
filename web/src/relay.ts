// Changed notifications, as the gateway relays them: the page says whose it shows, and is told when one of them has changed, so that it
// need not ask the notifications service over and over. Where the gateway is gone, or does not relay, the page has to ask.

import type { ClientFrame, ServerFrame } from "./protocol";

export class Relay {
  /** Who wants to hear of a recipient's notifications. */
  readonly #listeners = new Map<string, Set<() => void>>();
  /** The recipients that the gateway has confirmed on this connection. */
  #confirmed: ReadonlySet<string> = new Set();
  /** Whether the gateway has yet to answer. */
  #asking = false;
  readonly #send: (frame: ClientFrame) => boolean;

  /** `send`: false when nothing was sent. */
  constructor(send: (frame: ClientFrame) => boolean) {
    this.#send = send;
  }

  /** Whether the gateway tells of a recipient's notifications now. */
  relays(recipientId: string): boolean {
    return this.#confirmed.has(recipientId);
  }

  /** Calls `onChange` when something has changed, or may have: also when relaying begins or ends. Returns what ends it. */
  listen(recipientId: string, onChange: () => void): () => void {
    const listeners = this.#listeners.get(recipientId) ?? new Set<() => void>();
    this.#listeners.set(recipientId, listeners.add(onChange));
    if (listeners.size === 1) this.#ask();
    return () => {
      if (!listeners.delete(onChange) || listeners.size > 0) return;
      this.#listeners.delete(recipientId);
      this.#ask();
    };
  }

  /** A new connection is in use, whose gateway knows nothing of the recipients yet. */
  connected(): void {
    this.#confirmed = new Set();
    this.#asking = false;
    if (this.#listeners.size > 0) this.#ask();
  }

  /** There is no connection. */
  lost(): void {
    this.#settle([]);
  }

  /** Takes a frame; false: it is about something else. */
  receive(frame: ServerFrame): boolean {
    switch (frame.event) {
      case "notification":
        this.#tell(frame.data.recipientId);
        return true;
      case "notifications":
        this.#settle(frame.data.recipientIds);
        return true;
      case "error":
        return this.#refused();
      case "rejected":
        return frame.data.requestId === "" && this.#refused();
      default:
        return false;
    }
  }

  /** The page sends nothing else that is refused without the id of a request. */
  #refused(): boolean {
    if (!this.#asking) return false;
    this.#settle([]);
    return true;
  }

  #ask() {
    const recipientIds = [...this.#listeners.keys()];
    this.#asking = this.#send({ event: "notifications", data: { recipientIds } });
  }

  #settle(confirmed: readonly string[]) {
    this.#asking = false;
    this.#confirmed = new Set(confirmed);
    for (const recipientId of [...this.#listeners.keys()]) this.#tell(recipientId);
  }

  #tell(recipientId: string) {
    for (const listener of this.#listeners.get(recipientId) ?? []) listener();
  }
}
