import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { applyFrames } from "../deliveries";
import { delivery } from "../fixtures";
import { PURCHASE_ID, notices, purchase, sentNotice } from "./fixtures";
import { deliveryMark, deliveryOf, hrefOf, noticeId, toldOf } from "./kin";

const digest = (text: string) => createHash("sha256").update(text, "utf8").digest("hex");

test("a notification's id is a UUID of version 8 that follows from purchase and news", () => {
  const id = noticeId(PURCHASE_ID, "approved");
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const hash = digest(`${PURCHASE_ID}/approved`);
  expect(id.replaceAll("-", "").slice(0, 12)).toBe(hash.slice(0, 12));
  expect(id.slice(-12)).toBe(hash.slice(20, 32));
  expect(noticeId(PURCHASE_ID, "finished")).not.toBe(id);
});

test("a delivery is its purchase's by its name, whichever route it is on", () => {
  const mark = digest(PURCHASE_ID).slice(0, 12);
  expect(deliveryMark(PURCHASE_ID)).toBe(`-${mark}`);
  const { deliveries } = applyFrames(
    new Map(),
    [
      delivery("d1", { name: "segundo-0123456789ab" }),
      delivery("d2", { name: `segundo-${mark}`, phase: "Running" }),
    ],
    0,
  );
  expect(deliveryOf(purchase(), deliveries)?.deliveryId).toBe("d2");
  expect(deliveryOf(purchase({ id: "other" }), deliveries)).toBeNull();
});

describe("the notifications of a purchase", () => {
  test("are those that were made of it, and no other purchase's of the same customer", () => {
    const all = notices(
      sentNotice(noticeId(PURCHASE_ID, "approved"), { createdAt: 1 }),
      sentNotice(noticeId("another", "approved"), { createdAt: 2 }),
      sentNotice(noticeId(PURCHASE_ID, "accepted"), { createdAt: 3 }),
      sentNotice(noticeId(PURCHASE_ID, "finished"), { createdAt: 4, canceledAt: 5 }),
    );
    expect(toldOf(purchase(), all).map(({ news }) => news)).toEqual(["accepted", "approved"]);
  });

  test("are also those whose link is to its delivery, of a kind that the page does not know", () => {
    const link = `/#/delivery/shop/segundo${deliveryMark(PURCHASE_ID)}`;
    const all = notices(sentNotice("a", { link }), sentNotice("b", { link: "/#/delivery/shop/segundo-1" }));
    expect(toldOf(purchase(), all).map(({ news, notice }) => [news, notice.id])).toEqual([[null, "a"]]);
  });
});

describe("a notification's link", () => {
  test.each([
    ["/#/delivery/shop/primeiro-1", "#/delivery/shop/primeiro-1"],
    ["/#/purchases", "#/purchases"],
    // Nobody's text becomes an address of its own choice.
    ["javascript:alert(1)", null],
    ["https://example.com/#/delivery/shop/primeiro", null],
    ["//example.com", null],
    ["/#/somewhere", null],
    ["", null],
  ])("%j leads to %j", (link, href) => {
    const [notice] = notices(sentNotice("a", { link }));
    expect(notice === undefined ? undefined : hrefOf(notice)).toBe(href);
  });
});
