// All side effects of the purchases view: asks each service on its own, so that none waits behind another that is away; each answer
// becomes an action of `state.ts`.

import { SERVICES, ServiceError, ask, problemIn, type Service } from "./client";
import { INTERVAL, delayAfter, poll, type Poll } from "./poll";
import {
  readGroups,
  readInvoice,
  readMails,
  readNotices,
  readPurchasesPage,
  readSales,
  type Purchase,
} from "./shapes";
import {
  customersOf,
  initialPurchases,
  openInvoices,
  reducePurchases,
  type PurchasesAction,
  type PurchasesState,
} from "./state";

/** Which purchases are shown. */
export interface Selection {
  /** Null: everybody's. */
  customerId: string | null;
  limit: number;
}

/** More would not fit on a screen, and each costs a request. */
export const PAGE = 10;
export const MAX_SHOWN = 50;
const NOTICES = 50;
const MAILS = 50;

export class Watch {
  #state = initialPurchases();
  #selection: Selection = { customerId: null, limit: PAGE };
  #polls: readonly Poll[] = [];
  readonly #listeners = new Set<() => void>();

  get state(): PurchasesState {
    return this.#state;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks until `stop` is called. What is known of other purchases stays until the first answer. */
  start(selection: Selection): void {
    this.stop();
    this.#selection = selection;
    this.#polls = [
      ...SERVICES.map((service) => poll((signal) => this.#round(service, signal))),
      this.#extra("api/purchases/groups", readGroups, (groups) => ({ type: "groups", groups })),
      this.#extra("api/sales", readSales, (sales) => ({ type: "sales", sales })),
    ];
  }

  stop(): void {
    for (const each of this.#polls) each.stop();
    this.#polls = [];
  }

  /** Asks all services now rather than when they are due. */
  askNow(): void {
    for (const each of this.#polls) each.now();
  }

  /** A purchase was made here. */
  bought(purchase: Purchase): void {
    this.#dispatch({ type: "bought", purchase });
    this.askNow();
  }

  /** Asks one service once; resolves to when to ask it again, in milliseconds. */
  async #round(service: Service, signal: AbortSignal): Promise<number> {
    try {
      const isAsked = await this.#ask(service, signal);
      if (signal.aborted || !isAsked) return INTERVAL;
      this.#dispatch({ type: "answered", service, now: Date.now() });
    } catch (error) {
      if (signal.aborted) return INTERVAL;
      this.#dispatch({ type: "failed", service, problem: problemIn(error), now: Date.now() });
    }
    return this.#state.services[service].askAt - Date.now();
  }

  /** Asks for what the view can do without: whoever does not answer is not missed, and what was known of it is forgotten. */
  #extra<Read>(
    path: string,
    read: (body: unknown) => Read,
    action: (found: Read | null) => PurchasesAction,
  ): Poll {
    let failures = 0;
    return poll(async (signal) => {
      try {
        this.#dispatch(action(await ask(path, read, signal)));
        failures = 0;
        return INTERVAL;
      } catch {
        if (signal.aborted) return INTERVAL;
        if (failures === 0) this.#dispatch(action(null));
        failures += 1;
        return delayAfter(failures);
      }
    });
  }

  /** Resolves to whether there was anything to ask. */
  #ask(service: Service, signal: AbortSignal): Promise<boolean> {
    switch (service) {
      case "purchases":
        return this.#askPurchases(signal);
      case "invoices":
        return this.#askEach(openInvoices(this.#state), (id) => this.#askInvoice(id, signal));
      case "notifications":
        return this.#askEach(customersOf(this.#state), (id) => this.#askNotices(id, signal));
      case "mail":
        return this.#askMails(signal);
    }
  }

  /** One after the other: a service that is away is asked once, not once for each. */
  async #askEach(ids: readonly string[], askOne: (id: string) => Promise<void>): Promise<boolean> {
    for (const id of ids) await askOne(id);
    return ids.length > 0;
  }

  async #askPurchases(signal: AbortSignal): Promise<boolean> {
    const { customerId, limit } = this.#selection;
    const params = new URLSearchParams({ limit: String(limit) });
    if (customerId !== null) params.set("customerId", customerId);
    const before = this.#state.purchases;
    const page = await ask(`api/purchases?${params.toString()}`, readPurchasesPage, signal);
    this.#dispatch({ type: "listed", page });
    // Whoever opens the view waits for the rest.
    if (before === null) this.askNow();
    return true;
  }

  async #askInvoice(id: string, signal: AbortSignal): Promise<void> {
    try {
      const invoice = await ask(`api/invoices/${encodeURIComponent(id)}`, readInvoice, signal);
      this.#dispatch({ type: "invoice", invoice });
    } catch (error) {
      // It is not issued yet, which is an answer.
      if (!(error instanceof ServiceError && error.problem.kind === "unknown")) throw error;
    }
  }

  async #askNotices(customerId: string, signal: AbortSignal): Promise<void> {
    const path = `api/notifications/from/${encodeURIComponent(customerId)}?limit=${NOTICES}`;
    this.#dispatch({ type: "notices", customerId, notices: await ask(path, readNotices, signal) });
  }

  async #askMails(signal: AbortSignal): Promise<boolean> {
    const mails = await ask(`mail/api/v1/messages?limit=${MAILS}`, readMails, signal);
    this.#dispatch({ type: "mails", mails });
    return true;
  }

  #dispatch(action: PurchasesAction) {
    this.#state = reducePurchases(this.#state, action);
    for (const listener of this.#listeners) listener();
  }
}
