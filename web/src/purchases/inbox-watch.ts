// The side effects of the bell: asks for a recipient's notifications and marks them; each answer becomes an action of `inbox.ts`. It asks
// when the gateway says that something has changed, and from time to time where the gateway does not.

import type { Relay } from "../relay";
import { ask, problemIn } from "./client";
import { EMPTY_INBOX, reduceInbox, waitOf, type Inbox, type InboxAction, type Mark } from "./inbox";
import { poll, type Poll } from "./poll";
import { readCount, readNotices } from "./shapes";

const LISTED = 50;
/** Changes within so many milliseconds are asked for together. */
const TOGETHER = 100;
const never = new AbortController().signal;

export class InboxWatch {
  #inbox: Inbox = EMPTY_INBOX;
  #isOpen = false;
  #poll: Poll | null = null;
  /** How many marks were made: an answer from before one is outdated. */
  #marks = 0;
  #silence: (() => void) | null = null;
  #asking: ReturnType<typeof setTimeout> | undefined;
  readonly #recipientId: string;
  readonly #relay: Relay;
  readonly #listeners = new Set<() => void>();

  constructor(recipientId: string, relay: Relay) {
    this.#recipientId = recipientId;
    this.#relay = relay;
  }

  get inbox(): Inbox {
    return this.#inbox;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  start(): void {
    this.stop();
    this.#poll = poll((signal) => this.#round(signal));
    this.#silence = this.#relay.listen(this.#recipientId, () => {
      this.#askSoon();
    });
  }

  stop(): void {
    this.#poll?.stop();
    this.#poll = null;
    this.#silence?.();
    this.#silence = null;
    clearTimeout(this.#asking);
    this.#asking = undefined;
  }

  /** While the list is closed, only the number of unread ones is asked for. */
  open(isOpen: boolean): void {
    this.#isOpen = isOpen;
    if (isOpen) this.#poll?.now();
  }

  async mark(id: string, mark: Mark): Promise<void> {
    try {
      await ask(`api/notifications/${encodeURIComponent(id)}/${mark}`, () => undefined, never, {
        method: "PATCH",
      });
      this.#marks += 1;
      this.#dispatch({ type: "marked", id, mark, now: Date.now() });
    } catch (error) {
      this.#dispatch({ type: "notMarked", problem: problemIn(error) });
    }
  }

  async #round(signal: AbortSignal): Promise<number> {
    const marks = this.#marks;
    const of = encodeURIComponent(this.#recipientId);
    const isOutdated = () => marks !== this.#marks;
    try {
      if (this.#isOpen) {
        const notices = await ask(`api/notifications/from/${of}?limit=${LISTED}`, readNotices, signal);
        if (!isOutdated()) this.#dispatch({ type: "listed", notices });
      }
      const query = "unread=true&cancelled=false";
      const unread = await ask(`api/notifications/count/from/${of}?${query}`, readCount, signal);
      if (!isOutdated()) this.#dispatch({ type: "counted", unread });
    } catch (error) {
      if (!signal.aborted) this.#dispatch({ type: "failed", problem: problemIn(error) });
    }
    return waitOf(this.#inbox, this.#isOpen, this.#relay.relays(this.#recipientId));
  }

  #askSoon() {
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      this.#poll?.now();
    }, TOGETHER);
  }

  #dispatch(action: InboxAction) {
    this.#inbox = reduceInbox(this.#inbox, action);
    for (const listener of this.#listeners) listener();
  }
}
