// What the purchases view knows, and its reducer. Pure: requests and clocks are in `watch.ts`.

import { SERVICES, type Service, type ServiceProblem } from "./client";
import { INTERVAL, delayAfter } from "./poll";
import type { ConsumerGroup, Invoice, Mail, Notice, Purchase, PurchasesPage, Sale } from "./shapes";

/** "away" and "absent" as in `client.ts`; "unknown": not asked yet. */
export type Health = "unknown" | "present" | "away" | "absent";

export interface ServiceState {
  health: Health;
  /** How many requests have failed since the last answer. */
  failures: number;
  /** When the next request is due, by the page's clock. */
  askAt: number;
}

export interface PurchasesState {
  /** The newest first; null: not known yet. */
  purchases: readonly Purchase[] | null;
  /** Whether there are older ones than those that were asked for. */
  more: boolean;
  /** By the purchase's id. */
  invoices: ReadonlyMap<string, Invoice>;
  /** By the customer's id, the newest first. */
  notices: ReadonlyMap<string, readonly Notice[]>;
  /** What has arrived at the mail server, the newest first; null: not known. */
  mails: readonly Mail[] | null;
  /** Who reads the topic of purchases; null: not known. */
  groups: readonly ConsumerGroup[] | null;
  /** What another consumer has counted, what sells most first; null: not known. */
  sales: readonly Sale[] | null;
  services: Readonly<Record<Service, ServiceState>>;
}

export type PurchasesAction =
  | { type: "listed"; page: PurchasesPage }
  /** One was made here, and the list does not have it yet. */
  | { type: "bought"; purchase: Purchase }
  | { type: "invoice"; invoice: Invoice }
  | { type: "notices"; customerId: string; notices: readonly Notice[] }
  | { type: "mails"; mails: readonly Mail[] }
  | { type: "groups"; groups: readonly ConsumerGroup[] | null }
  | { type: "sales"; sales: readonly Sale[] | null }
  | { type: "answered"; service: Service; now: number }
  | { type: "failed"; service: Service; problem: ServiceProblem; now: number };

const UNASKED: ServiceState = { health: "unknown", failures: 0, askAt: 0 };

export function initialPurchases(): PurchasesState {
  return {
    purchases: null,
    more: false,
    invoices: new Map(),
    notices: new Map(),
    mails: null,
    groups: null,
    sales: null,
    services: { purchases: UNASKED, invoices: UNASKED, notifications: UNASKED, mail: UNASKED },
  };
}

export function reducePurchases(state: PurchasesState, action: PurchasesAction): PurchasesState {
  switch (action.type) {
    case "listed":
      return forget({ ...state, purchases: action.page.purchases, more: action.page.more });
    case "bought": {
      const others = (state.purchases ?? []).filter(({ id }) => id !== action.purchase.id);
      return { ...state, purchases: [action.purchase, ...others] };
    }
    case "invoice":
      return { ...state, invoices: new Map(state.invoices).set(action.invoice.id, action.invoice) };
    case "notices":
      return { ...state, notices: new Map(state.notices).set(action.customerId, action.notices) };
    case "mails":
      return { ...state, mails: action.mails };
    case "groups":
      return { ...state, groups: action.groups };
    case "sales":
      return { ...state, sales: action.sales };
    case "answered":
      return withService(state, action.service, {
        health: "present",
        failures: 0,
        askAt: action.now + INTERVAL,
      });
    case "failed":
      return withService(state, action.service, failed(state.services[action.service], action));
  }
}

/** Services that do not answer, in the order of the way. */
export function missingServices({ services }: PurchasesState): readonly Service[] {
  return SERVICES.filter((service) => isMissing(services[service].health));
}

export function isMissing(health: Health): health is "away" | "absent" {
  return health === "away" || health === "absent";
}

/** The invoices that may still change, by the purchase's id. */
export function openInvoices({ purchases, invoices }: PurchasesState): readonly string[] {
  return (purchases ?? [])
    .filter(({ id, state }) => {
      const email = invoices.get(id)?.email.state;
      return state === "APPROVED" && (email === undefined || email === "PENDING" || email === "SENDING");
    })
    .map(({ id }) => id);
}

/** The ids of the customers of the list, each once. */
export function customersOf({ purchases }: PurchasesState): readonly string[] {
  return [...new Set((purchases ?? []).map(({ customer }) => customer.id))];
}

/** The newest mail that an invoice was sent with; null: none has arrived, or nobody can say. */
export function mailOf({ mails }: PurchasesState, invoice: Invoice | null): Mail | null {
  const messageId = invoice?.email.messageId ?? "";
  if (messageId === "") return null;
  return mails?.find((mail) => mail.messageId === messageId) ?? null;
}

function failed(
  before: ServiceState,
  { problem, now }: { problem: ServiceProblem; now: number },
): ServiceState {
  const failures = before.failures + 1;
  // A refusal is the answer of a service that is there.
  const isAnswer = problem.kind === "refused" || problem.kind === "unknown";
  const health = isAnswer ? "present" : problem.kind;
  return { health, failures, askAt: now + delayAfter(failures) };
}

function withService(state: PurchasesState, service: Service, next: ServiceState): PurchasesState {
  return { ...state, services: { ...state.services, [service]: next } };
}

/** Drops what belongs to purchases that are no longer listed: a view that stays open does not grow. */
function forget(state: PurchasesState): PurchasesState {
  const listed = new Set((state.purchases ?? []).map(({ id }) => id));
  const customers = new Set(customersOf(state));
  return {
    ...state,
    invoices: new Map([...state.invoices].filter(([id]) => listed.has(id))),
    notices: new Map([...state.notices].filter(([id]) => customers.has(id))),
  };
}
