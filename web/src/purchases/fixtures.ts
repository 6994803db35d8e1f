// Purchases, invoices and notifications for tests, as the services would send them.

import { readInvoice, readNotices, readPurchase, type Invoice, type Notice, type Purchase } from "./shapes";

export const PURCHASE_ID = "6f1c0f0e-9a55-4d39-8f5b-0d5e9b7f2a11";
export const CUSTOMER = { id: "c7", name: "Customer 7", email: "customer7@example.com", language: "en" };

export function sentPurchase(changes: Record<string, unknown> = {}) {
  return {
    id: PURCHASE_ID,
    state: "APPROVED",
    customer: CUSTOMER,
    items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }],
    totalCents: 3_980,
    currency: "BRL",
    deliverTo: { routeId: "2" },
    createdAt: 1_000,
    approvedAt: 1_100,
    publishedAt: 1_200,
    ...changes,
  };
}

export function purchase(changes: Record<string, unknown> = {}): Purchase {
  return readPurchase(sentPurchase(changes));
}

export function sentInvoice(email: Record<string, unknown> = {}) {
  return {
    id: PURCHASE_ID,
    purchaseId: PURCHASE_ID,
    customer: CUSTOMER,
    items: [],
    totalCents: 3_980,
    currency: "BRL",
    series: 1,
    number: 42,
    formattedNumber: "000.000.042",
    accessKey: "1".repeat(44),
    issuedAt: 1_300,
    email: { state: "SENT", messageId: "<m1@example.com>", attempts: 1, sentAt: 1_400, ...email },
  };
}

export function invoice(email: Record<string, unknown> = {}): Invoice {
  return readInvoice(sentInvoice(email));
}

export function sentNotice(id: string, changes: Record<string, unknown> = {}) {
  return {
    id,
    content: `Content ${id}`,
    category: "delivery",
    recipientId: CUSTOMER.id,
    createdAt: 1_500,
    channels: [],
    ...changes,
  };
}

export function notices(...sent: ReturnType<typeof sentNotice>[]): readonly Notice[] {
  return readNotices({ notifications: sent, next: null });
}
