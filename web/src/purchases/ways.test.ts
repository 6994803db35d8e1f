import { describe, expect, test } from "vitest";
import { applyFrames, type Deliveries } from "../deliveries";
import { delivery } from "../fixtures";
import { CUSTOMER, PURCHASE_ID, invoice, notices, purchase, sentNotice } from "./fixtures";
import { deliveryMark, noticeId } from "./kin";
import { initialPurchases, reducePurchases, type PurchasesAction } from "./state";
import { queuesOf, waysOf } from "./ways";

const OTHER = { id: "c8", name: "Customer 8", email: "customer8@example.com" };
const NOBODY: Deliveries = new Map();

function known(...actions: PurchasesAction[]) {
  const purchases = [
    purchase(),
    purchase({ id: "p2", customer: OTHER, deliverTo: null }),
    purchase({ id: "p3", customer: OTHER, state: "PENDING", publishedAt: null }),
  ];
  const listed: PurchasesAction = { type: "listed", page: { purchases, more: false } };
  return [listed, ...actions].reduce(reducePurchases, initialPurchases());
}

describe("the ways of all purchases", () => {
  test("bring together what each service knows of each", () => {
    const { deliveries } = applyFrames(
      new Map(),
      [delivery("d1", { name: `x${deliveryMark(PURCHASE_ID)}` })],
      0,
    );
    const told = notices(sentNotice(noticeId(PURCHASE_ID, "approved")));
    const state = known(
      { type: "invoice", invoice: invoice() },
      { type: "notices", customerId: CUSTOMER.id, notices: told },
    );
    const [first, second] = waysOf(state, deliveries, null);
    expect(first?.way.map(({ state: of }) => of)).toEqual(["done", "done", "done", "done", "done", "done"]);
    expect(second?.way.map(({ state: of }) => of)).toEqual([
      "done",
      "done",
      "waiting",
      "later",
      "none",
      "waiting",
    ]);
  });

  test("are only those of one customer, if that is asked for", () => {
    const ways = waysOf(known(), NOBODY, OTHER.id);
    expect(ways.map(({ purchase: of }) => of.id)).toEqual(["p2", "p3"]);
    expect(waysOf(initialPurchases(), NOBODY, null)).toEqual([]);
  });
});

describe("the queues", () => {
  test("say how many purchases wait at each step, in the order of the way", () => {
    expect(queuesOf(waysOf(known(), NOBODY, null))).toEqual([
      { key: "purchase", count: 1 },
      { key: "invoice", count: 2 },
      { key: "delivery", count: 1 },
      { key: "notification", count: 2 },
    ]);
  });

  test("count what waits for a service that is away", () => {
    const problem = { kind: "away" } as const;
    const state = known({ type: "failed", service: "invoices", problem, now: 0 });
    expect(queuesOf(waysOf(state, NOBODY, null))).toContainEqual({ key: "invoice", count: 2 });
  });

  test("are none when everything has arrived", () => {
    expect(queuesOf([])).toEqual([]);
  });
});
