// What the services of purchases, invoices and notifications and the mail server say, parsed strictly (`reading.ts`). Times are
// milliseconds since the epoch, amounts cents. The texts are other people's: they are only ever shown as text.

import {
  BadMessage,
  asObject,
  identity,
  listOf,
  magnitude,
  optionalNumber,
  optionalText,
  readEach,
  textOf,
  type Fields,
} from "../reading";

/** The last time that a `Date` can hold, milliseconds since the epoch. */
const LAST_INSTANT = 8.64e15;

export const PURCHASE_STATES = ["PENDING", "APPROVED", "FAILED"] as const;
export type PurchaseState = (typeof PURCHASE_STATES)[number];

export interface Customer {
  /** Also the recipient's id of the customer's notifications. */
  id: string;
  name: string;
  email: string;
}

export interface Item {
  product: string;
  quantity: number;
  unitPriceCents: number;
}

export interface Purchase {
  id: string;
  state: PurchaseState;
  /** Why the payment failed; empty: it has not, or nobody says. */
  reason: string;
  customer: Customer;
  items: readonly Item[];
  totalCents: number;
  /** A code of ISO 4217. */
  currency: string;
  /** The route that it is delivered along; null: nothing is delivered. */
  routeId: string | null;
  createdAt: number;
  /** Null: not yet. */
  approvedAt: number | null;
  /** When it was in Kafka; null: not yet. */
  publishedAt: number | null;
}

export interface PurchasesPage {
  /** The newest first. */
  purchases: readonly Purchase[];
  /** Whether there are older ones. */
  more: boolean;
}

export const EMAIL_STATES = ["PENDING", "SENDING", "SENT", "BOUNCED", "FAILED"] as const;
export type EmailState = (typeof EMAIL_STATES)[number];

export interface Invoice {
  /** Also the purchase's. */
  id: string;
  /** As people read it: `000.000.042`. */
  number: string;
  series: number;
  issuedAt: number;
  email: {
    state: EmailState;
    /** Without angle brackets. */
    messageId: string;
    attempts: number;
    /** Empty: there was none. */
    lastError: string;
    sentAt: number | null;
  };
}

export interface Notice {
  id: string;
  content: string;
  /** Empty: it leads nowhere. */
  link: string;
  createdAt: number;
  /** Null: unread. */
  readAt: number | null;
  /** Null: it stands. */
  canceledAt: number | null;
}

export interface Mail {
  id: string;
  /** Without angle brackets. */
  messageId: string;
  to: readonly string[];
  subject: string;
  at: number;
}

/** A consumer group that reads the topic of purchases. */
export interface ConsumerGroup {
  name: string;
  /** How many read in it now. */
  members: number;
  /** How many records it has not read yet. */
  lag: number;
}

/** What was sold of a product, as another consumer has counted it. */
export interface Sale {
  product: string;
  quantity: number;
  totalCents: number;
}

/** @throws {BadMessage} */
export function readPurchasesPage(value: unknown): PurchasesPage {
  const page = asObject(value, "purchases");
  return { purchases: readEach(page, "purchases", readFields).read, more: optionalText(page, "next") !== "" };
}

/** @throws {BadMessage} */
export function readPurchase(value: unknown): Purchase {
  return readFields(asObject(value, "purchase"));
}

function readFields(data: Fields): Purchase {
  const state = PURCHASE_STATES.find((known) => known === data.state);
  if (state === undefined) throw new BadMessage("state: not a known one");
  return {
    id: identity(data, "id"),
    state,
    reason: optionalText(data, "reason"),
    customer: readCustomer(asObject(data.customer, "customer")),
    items: listOf(data, "items").map((item) => readItem(asObject(item, "item"))),
    totalCents: cents(data, "totalCents"),
    currency: readCurrency(data),
    routeId: isAbsent(data.deliverTo) ? null : identity(asObject(data.deliverTo, "deliverTo"), "routeId"),
    createdAt: instant(data, "createdAt"),
    approvedAt: optionalInstant(data, "approvedAt"),
    publishedAt: optionalInstant(data, "publishedAt"),
  };
}

function readCustomer(data: Fields): Customer {
  return { id: identity(data, "id"), name: textOf(data, "name"), email: textOf(data, "email") };
}

function readItem(data: Fields): Item {
  return {
    product: textOf(data, "product"),
    quantity: magnitude(data, "quantity"),
    unitPriceCents: cents(data, "unitPriceCents"),
  };
}

/** @throws {BadMessage} */
export function readInvoice(value: unknown): Invoice {
  const data = asObject(value, "invoice");
  const email = asObject(data.email, "email");
  // A state that only a newer service knows is on its way to one that the page knows.
  const state = EMAIL_STATES.find((known) => known === email.state) ?? "PENDING";
  return {
    id: identity(data, "id"),
    number: textOf(data, "formattedNumber"),
    series: magnitude(data, "series"),
    issuedAt: instant(data, "issuedAt"),
    email: {
      state,
      messageId: withoutBrackets(optionalText(email, "messageId")),
      attempts: optionalNumber(email, "attempts") ?? 0,
      lastError: optionalText(email, "lastError"),
      sentAt: optionalInstant(email, "sentAt"),
    },
  };
}

/** The newest first. @throws {BadMessage} */
export function readNotices(value: unknown): readonly Notice[] {
  return readEach(asObject(value, "notifications"), "notifications", readNotice).read.toSorted(
    (a, b) => b.createdAt - a.createdAt,
  );
}

function readNotice(data: Fields): Notice {
  return {
    id: identity(data, "id"),
    content: textOf(data, "content"),
    link: optionalText(data, "link"),
    createdAt: instant(data, "createdAt"),
    readAt: optionalInstant(data, "readAt"),
    canceledAt: optionalInstant(data, "canceledAt"),
  };
}

/** @throws {BadMessage} */
export function readCount(value: unknown): number {
  return magnitude(asObject(value, "count"), "count");
}

/** The messages of Mailpit's `/api/v1/messages`, the newest first. @throws {BadMessage} */
export function readMails(value: unknown): readonly Mail[] {
  return readEach(asObject(value, "mails"), "messages", readMail).read;
}

function readMail(data: Fields): Mail {
  const at = Date.parse(textOf(data, "Created"));
  if (Number.isNaN(at)) throw new BadMessage("Created: not a time");
  return {
    id: identity(data, "ID"),
    messageId: withoutBrackets(optionalText(data, "MessageID")),
    to: readEach(data, "To", (address) => textOf(address, "Address")).read,
    subject: optionalText(data, "Subject"),
    at,
  };
}

/** @throws {BadMessage} */
export function readGroups(value: unknown): readonly ConsumerGroup[] {
  return readEach(asObject(value, "groups"), "groups", (data) => ({
    name: identity(data, "group"),
    members: magnitude(data, "members"),
    lag: magnitude(data, "lag"),
  })).read;
}

/** What sells most comes first. @throws {BadMessage} */
export function readSales(value: unknown): readonly Sale[] {
  const { read } = readEach(asObject(value, "sales"), "products", (data) => ({
    product: textOf(data, "product"),
    quantity: magnitude(data, "quantity"),
    totalCents: cents(data, "totalCents"),
  }));
  return read.toSorted((a, b) => b.quantity - a.quantity || a.product.localeCompare(b.product));
}

function withoutBrackets(messageId: string): string {
  return messageId.replace(/^</, "").replace(/>$/, "");
}

/** Intl formats only what looks like a code of ISO 4217. */
function readCurrency(data: Fields): string {
  const currency = textOf(data, "currency");
  if (!/^[A-Z]{3}$/.test(currency)) throw new BadMessage("currency: not a code");
  return currency;
}

function cents(data: Fields, key: string): number {
  const amount = magnitude(data, key);
  if (!Number.isSafeInteger(amount)) throw new BadMessage(`${key}: not whole cents`);
  return amount;
}

/** A time that a calendar has: formatting any other would fail. */
function instant(data: Fields, key: string): number {
  const at = magnitude(data, key);
  if (at > LAST_INSTANT) throw new BadMessage(`${key}: not a time`);
  return at;
}

function optionalInstant(data: Fields, key: string): number | null {
  return isAbsent(data[key]) ? null : instant(data, key);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
