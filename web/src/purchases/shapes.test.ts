import { describe, expect, test } from "vitest";
import { BadMessage } from "../reading";
import { invoice, notices, purchase, sentInvoice, sentNotice, sentPurchase } from "./fixtures";
import {
  readCount,
  readGroups,
  readInvoice,
  readMails,
  readPurchase,
  readPurchasesPage,
  readSales,
} from "./shapes";

describe("a purchase", () => {
  test("is read with everything that the view shows", () => {
    expect(purchase()).toEqual({
      id: sentPurchase().id,
      state: "APPROVED",
      reason: "",
      customer: { id: "c7", name: "Customer 7", email: "customer7@example.com" },
      items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }],
      totalCents: 3_980,
      currency: "BRL",
      routeId: "2",
      createdAt: 1_000,
      approvedAt: 1_100,
      publishedAt: 1_200,
    });
  });

  test("that waits has no times yet, and one that is not delivered no route", () => {
    const waiting = sentPurchase({ state: "PENDING", deliverTo: null, approvedAt: null });
    const { publishedAt, ...unpublished } = waiting;
    expect(publishedAt).toBe(1_200);
    expect(readPurchase(unpublished)).toMatchObject({ routeId: null, approvedAt: null, publishedAt: null });
  });

  test.each([
    { state: "LOST" },
    { totalCents: 39.8 },
    { totalCents: "3980" },
    { totalCents: -1 },
    { currency: "reais" },
    { items: {} },
    { items: [{ product: 7, quantity: 1, unitPriceCents: 1 }] },
    { customer: { name: "Nobody", email: "nobody@example.com" } },
    { createdAt: null },
    { createdAt: 1e300 },
    { approvedAt: -1 },
  ])("of another shape is refused: %j", (changes) => {
    expect(() => purchase(changes)).toThrow(BadMessage);
  });

  test("of another shape does not hide the others of its page", () => {
    const page = { purchases: [sentPurchase(), sentPurchase({ state: "LOST" })], next: "cursor" };
    const read = readPurchasesPage(page);
    expect(read.purchases).toHaveLength(1);
    expect(read.more).toBe(true);
    expect(readPurchasesPage({ purchases: [], next: null })).toEqual({ purchases: [], more: false });
  });
});

test("an invoice has its number and how its e-mail is doing", () => {
  expect(invoice()).toEqual({
    id: sentInvoice().id,
    number: "000.000.042",
    series: 1,
    issuedAt: 1_300,
    email: { state: "SENT", messageId: "m1@example.com", attempts: 1, lastError: "", sentAt: 1_400 },
  });
  expect(invoice({ state: "QUEUED" }).email.state).toBe("PENDING");
  expect(() => readInvoice({ ...sentInvoice(), issuedAt: "now" })).toThrow(BadMessage);
});

test("notifications come newest first, and one of another shape is left out", () => {
  const read = notices(
    sentNotice("a", { createdAt: 1 }),
    sentNotice("b", { content: 7 }),
    sentNotice("c", { createdAt: 2, readAt: 5, link: "/#/delivery/shop/x" }),
  );
  expect(read.map(({ id }) => id)).toEqual(["c", "a"]);
  expect(read[0]).toMatchObject({ readAt: 5, canceledAt: null, link: "/#/delivery/shop/x" });
  expect(read[1]).toMatchObject({ readAt: null, link: "" });
});

test("a count is a number that is not negative", () => {
  expect(readCount({ count: 3 })).toBe(3);
  expect(() => readCount({ count: -1 })).toThrow(BadMessage);
});

test("a consumer group has its members and its lag, and one without them is left out", () => {
  const groups = [{ group: "sales", members: 1, lag: 7, state: "Stable" }, { group: "audit" }];
  expect(readGroups({ topic: "compra", groups })).toEqual([{ name: "sales", members: 1, lag: 7 }]);
  expect(() => readGroups({ topic: "compra" })).toThrow(BadMessage);
});

test("sales begin with what sells most", () => {
  const products = [
    { product: "tea", quantity: 1, totalCents: 500 },
    { product: "café", quantity: 2, totalCents: 3_980 },
    { product: "bolo", quantity: 1, totalCents: 0.5 },
  ];
  expect(readSales({ products }).map(({ product }) => product)).toEqual(["café", "tea"]);
  expect(() => readSales([])).toThrow(BadMessage);
});

test("mails are those of the mail server's list", () => {
  const mail = {
    ID: "x1",
    MessageID: "m1@example.com",
    From: { Name: "", Address: "shop@example.com" },
    To: [{ Name: "Customer 7", Address: "customer7@example.com" }],
    Subject: "Invoice 000.000.042",
    Created: "2026-11-30T06:00:00.000Z",
  };
  expect(readMails({ total: 2, messages: [mail, { ...mail, Created: "yesterday" }] })).toEqual([
    {
      id: "x1",
      messageId: "m1@example.com",
      to: ["customer7@example.com"],
      subject: "Invoice 000.000.042",
      at: Date.UTC(2026, 10, 30, 6),
    },
  ]);
});
