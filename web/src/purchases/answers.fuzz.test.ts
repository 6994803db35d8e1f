// Whatever the services answer becomes something that the page can show, or a `BadMessage`.

import { expect, test } from "vitest";
import { formatCount, formatMoment } from "../format";
import { check, fuzz, mutatedJson, type Random } from "../fuzzing";
import { LANGUAGES } from "../i18n";
import { PURCHASES_WORDS } from "../i18n-purchases";
import { orNull } from "../reading";
import { PURCHASE_ID, sentInvoice, sentNotice, sentPurchase } from "./fixtures";
import { hrefOf, noticeId } from "./kin";
import { formatCents } from "./money";
import {
  readCount,
  readGroups,
  readInvoice,
  readMails,
  readNotices,
  readPurchasesPage,
  readSales,
} from "./shapes";
import { initialPurchases, reducePurchases, type PurchasesAction } from "./state";
import { queuesOf, waysOf } from "./ways";

const PAGE = {
  purchases: [
    sentPurchase(),
    sentPurchase({ id: "p2", state: "PENDING", approvedAt: null, publishedAt: null, deliverTo: null }),
    sentPurchase({ id: "p3", state: "FAILED", reason: "CardRefused" }),
  ],
  next: "cursor",
};
const NOTICES = {
  notifications: [
    sentNotice(noticeId(PURCHASE_ID, "approved")),
    sentNotice(noticeId(PURCHASE_ID, "accepted"), { link: "/#/delivery/shop/segundo-0123456789ab" }),
    sentNotice("another", { link: "/#/purchases", readAt: 1_600, canceledAt: 1_700 }),
  ],
  next: null,
};
const MAILS = {
  messages: [
    {
      ID: "x1",
      MessageID: "m1@example.com",
      To: [{ Name: "", Address: "customer7@example.com" }],
      Subject: "Invoice",
      Created: "2026-11-30T06:00:00Z",
    },
  ],
};
const GROUPS = { topic: "compra", groups: [{ group: "code-delivery-invoices", members: 2, lag: 100 }] };
const SALES = { products: [{ product: "café", quantity: 2, totalCents: 3_980 }] };

/** Some of the answers as they should be, the others damaged. */
function actionsOf(random: Random): (PurchasesAction | null)[] {
  const damaged = (value: unknown) => (random(2) === 0 ? value : mutatedJson(random, value));
  return [
    orNull(() => ({ type: "listed", page: readPurchasesPage(damaged(PAGE)) })),
    orNull(() => ({ type: "invoice", invoice: readInvoice(damaged(sentInvoice())) })),
    orNull(() => ({ type: "notices", customerId: "c7", notices: readNotices(damaged(NOTICES)) })),
    orNull(() => ({ type: "mails", mails: readMails(damaged(MAILS)) })),
    orNull(() => ({ type: "groups", groups: readGroups(damaged(GROUPS)) })),
    orNull(() => ({ type: "sales", sales: readSales(damaged(SALES)) })),
  ];
}

test("fuzzed answers of the services can be shown, or are refused", { timeout: 600_000 }, () => {
  const outcomes = fuzz("answers of the services", (random) => {
    const actions = actionsOf(random);
    const state = actions.filter((action) => action !== null).reduce(reducePurchases, initialPurchases());
    const ways = waysOf(state, new Map(), null);
    for (const language of LANGUAGES) {
      const words = PURCHASES_WORDS[language];
      for (const { purchase, way } of ways) {
        check(way.length === 6, "every purchase has its six steps");
        check(
          /\d/.test(formatCents(purchase.totalCents, purchase.currency, language)),
          "an amount has digits",
        );
        for (const { quantity } of purchase.items)
          check(formatCount(quantity, language) !== "", "a quantity");
        for (const { text, at, href } of way) {
          check(words.say(text) !== "" || text.key === "told", `what ${text.key} says`);
          if (at !== null) check(formatMoment(at, language) + new Date(at).toISOString() !== "", "a time");
          check(href === null || href.startsWith("#/"), "a link stays on the page");
        }
      }
    }
    for (const notice of [...state.notices.values()].flat()) {
      check(hrefOf(notice)?.startsWith("#/") ?? true, "a link stays on the page");
    }
    const waiting = queuesOf(ways).reduce((sum, { count }) => sum + count, 0);
    check(waiting <= 6 * ways.length, "no more wait than there are");
    if (actions.some((action) => action === null)) return "refused";
    return ways.length === PAGE.purchases.length ? "whole" : "partly";
  });
  expect([...outcomes.keys()].sort()).toEqual(["partly", "refused", "whole"]);
});

test("fuzzed counts are numbers that are not negative, or are refused", { timeout: 600_000 }, () => {
  const outcomes = fuzz("counts", (random) => {
    const count = orNull(() => readCount(mutatedJson(random, { count: 3 })));
    if (count === null) return "refused";
    check(count >= 0 && Number.isFinite(count), `${count}`);
    return "read";
  });
  expect([...outcomes.keys()].sort()).toEqual(["read", "refused"]);
});
