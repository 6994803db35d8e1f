import { describe, expect, test } from "vitest";
import { CUSTOMER, PURCHASE_ID, invoice, notices, purchase, sentNotice } from "./fixtures";
import {
  customersOf,
  initialPurchases,
  mailOf,
  missingServices,
  openInvoices,
  reducePurchases,
  type PurchasesAction,
  type PurchasesState,
} from "./state";

const after = (...actions: PurchasesAction[]): PurchasesState =>
  actions.reduce(reducePurchases, initialPurchases());
const listed = (...purchases: ReturnType<typeof purchase>[]): PurchasesAction => ({
  type: "listed",
  page: { purchases, more: false },
});
const away = (service: "invoices" | "mail", now: number): PurchasesAction => ({
  type: "failed",
  service,
  problem: { kind: "away" },
  now,
});

describe("a service", () => {
  test("that is away is named, asked later and later, and present again with its next answer", () => {
    const once = after(away("invoices", 10_000));
    expect(missingServices(once)).toEqual(["invoices"]);
    expect(once.services.invoices).toEqual({ health: "away", failures: 1, askAt: 14_000 });
    const often = after(...Array.from({ length: 9 }, () => away("invoices", 10_000)));
    expect(often.services.invoices.askAt).toBe(40_000);
    const back = reducePurchases(often, { type: "answered", service: "invoices", now: 50_000 });
    expect(missingServices(back)).toEqual([]);
    expect(back.services.invoices).toEqual({ health: "present", failures: 0, askAt: 52_000 });
  });

  test("that is away does not take another with it", () => {
    const state = after({ type: "answered", service: "purchases", now: 0 }, away("mail", 0));
    expect(state.services.purchases.health).toBe("present");
    expect(state.services.notifications.health).toBe("unknown");
    expect(missingServices(state)).toEqual(["mail"]);
  });

  test("that refuses is there, and is asked less often all the same", () => {
    const problem = { kind: "refused", reason: "TooManyRequests" } as const;
    const state = after({ type: "failed", service: "notifications", problem, now: 0 });
    expect(state.services.notifications).toEqual({ health: "present", failures: 1, askAt: 4_000 });
    const absent = after({ type: "failed", service: "mail", problem: { kind: "absent" }, now: 0 });
    expect(absent.services.mail.health).toBe("absent");
  });
});

describe("the list", () => {
  test("has what was bought here before the service lists it, and once afterwards", () => {
    const mine = purchase({ id: "mine" });
    const state = after(listed(purchase()), { type: "bought", purchase: mine });
    expect(state.purchases?.map(({ id }) => id)).toEqual(["mine", PURCHASE_ID]);
    const again = reducePurchases(state, { type: "bought", purchase: mine });
    expect(again.purchases).toHaveLength(2);
    expect(after({ type: "bought", purchase: mine }).purchases).toHaveLength(1);
  });

  test("takes along what belongs to purchases that leave it", () => {
    const told: PurchasesAction[] = [
      { type: "invoice", invoice: invoice() },
      { type: "notices", customerId: CUSTOMER.id, notices: notices(sentNotice("a")) },
    ];
    const known = after(listed(purchase()), ...told);
    expect(known.invoices.has(PURCHASE_ID)).toBe(true);
    expect(known.notices.has(CUSTOMER.id)).toBe(true);
    const other = purchase({ id: "other", customer: { id: "c8", name: "", email: "" } });
    const left = reducePurchases(known, listed(other));
    expect(left.invoices.size + left.notices.size).toBe(0);
  });

  test("says what is still to be asked: open invoices, and each customer once", () => {
    const state = after(
      listed(
        purchase(),
        purchase({ id: "waiting", state: "PENDING" }),
        purchase({ id: "refused", state: "FAILED" }),
        purchase({ id: "unknown" }),
      ),
      { type: "invoice", invoice: invoice() },
    );
    expect(openInvoices(state)).toEqual(["unknown"]);
    expect(customersOf(state)).toEqual([CUSTOMER.id]);
    const sending = reducePurchases(state, { type: "invoice", invoice: invoice({ state: "SENDING" }) });
    expect(openInvoices(sending)).toEqual([PURCHASE_ID, "unknown"]);
    expect(openInvoices(initialPurchases())).toEqual([]);
  });
});

test("a mail is its invoice's by the Message-ID, never by chance", () => {
  const mail = { id: "x", messageId: "m1@example.com", to: [], subject: "", at: 1 };
  const state = after({ type: "mails", mails: [{ ...mail, id: "y", messageId: "" }, mail] });
  expect(mailOf(state, invoice())?.id).toBe("x");
  expect(mailOf(state, invoice({ messageId: "" }))).toBeNull();
  expect(mailOf(state, null)).toBeNull();
  expect(mailOf(initialPurchases(), invoice())).toBeNull();
});
