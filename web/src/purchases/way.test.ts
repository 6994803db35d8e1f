import { describe, expect, test } from "vitest";
import { applyFrames, type Delivery } from "../deliveries";
import { delivery as deliveryFrame } from "../fixtures";
import { PURCHASE_ID, invoice, notices, purchase, sentNotice } from "./fixtures";
import { deliveryMark, noticeId, toldOf, type News } from "./kin";
import { STEPS, wayOf, type Known } from "./way";

const HEALTH = {
  purchases: "present",
  invoices: "present",
  notifications: "present",
  mail: "present",
} as const;
const NOTHING: Known = { invoice: null, mail: null, delivery: null, told: [], health: HEALTH };
const ARRIVED = { id: "x", messageId: "m1@example.com", to: [], subject: "", at: 1_450 };
const NAME = `segundo${deliveryMark(PURCHASE_ID)}`;

function way(bought: ReturnType<typeof purchase>, known: Partial<Known> = {}) {
  return wayOf(bought, { ...NOTHING, ...known });
}

const states = (steps: ReturnType<typeof way>) => steps.map(({ state }) => state).join(" ");
const at = (steps: ReturnType<typeof way>, key: string) => steps.find((step) => step.key === key);

/** What a customer was told, one thing after another. */
function told(...news: News[]) {
  const link = `/#/delivery/shop/${NAME}`;
  const sent = news.map((each, index) =>
    sentNotice(noticeId(PURCHASE_ID, each), { link, createdAt: 2_000 + index }),
  );
  return toldOf(purchase(), notices(...sent));
}

function underWay(changes: Parameters<typeof deliveryFrame>[1] = {}): Delivery {
  const { deliveries } = applyFrames(
    new Map(),
    [deliveryFrame("d1", { name: NAME, namespace: "shop", ...changes })],
    0,
  );
  const delivery = deliveries.get("d1");
  if (delivery === undefined) throw new Error("there is no delivery");
  return delivery;
}

describe("the way of a purchase", () => {
  test("has its steps in order, and each time that is known", () => {
    const steps = way(purchase(), {
      invoice: invoice(),
      mail: ARRIVED,
      delivery: underWay(),
      told: told("approved", "invoiced", "accepted"),
    });
    expect(steps.map(({ key }) => key)).toEqual(STEPS);
    expect(states(steps)).toBe("done done done done done done");
    expect(steps.map((step) => step.at)).toEqual([1_100, 1_200, 1_300, 1_400, 2_002, 2_002]);
    expect(at(steps, "invoice")?.text).toEqual({ key: "issued", number: "000.000.042", series: 1 });
    expect(at(steps, "email")?.text).toEqual({ key: "sent", arrived: true });
    expect(at(steps, "delivery")?.text).toEqual({ key: "delivery", phase: "Running" });
    expect(at(steps, "delivery")?.href).toBe(`#/delivery/shop/${NAME}`);
    expect(at(steps, "notification")?.text).toMatchObject({ key: "told", count: 3 });
  });

  test.each([
    [
      "is being paid",
      { state: "PENDING", approvedAt: null, publishedAt: null },
      "waiting later later later later later",
    ],
    ["waits for Kafka", { publishedAt: null }, "done waiting later later later later"],
    ["waits in the topic", {}, "done done waiting later waiting waiting"],
    [
      "was refused",
      { state: "FAILED", reason: "CardRefused", approvedAt: null, publishedAt: null },
      "failed none none none none none",
    ],
  ])("of one that %s", (_, changes, expected) => {
    expect(states(way(purchase(changes)))).toBe(expected);
  });

  test("of one that is refused says why", () => {
    const steps = way(purchase({ state: "FAILED", reason: "CardRefused", publishedAt: null }));
    expect(at(steps, "purchase")?.text).toEqual({ key: "refused", reason: "CardRefused" });
  });

  test("of one that is not delivered has no delivery", () => {
    expect(at(way(purchase({ deliverTo: null })), "delivery")).toMatchObject({
      state: "none",
      text: { key: "notDelivered" },
    });
  });

  test("of one whose delivery was refused waits for none", () => {
    const steps = way(purchase(), { invoice: invoice(), told: told("refused") });
    expect(at(steps, "delivery")).toMatchObject({
      state: "failed",
      text: { key: "delivery", phase: "Failed" },
    });
    expect(at(steps, "notification")?.state).toBe("done");
  });

  test("went through the topic although that is not noted yet", () => {
    const steps = way(purchase({ publishedAt: null }), { invoice: invoice() });
    expect(at(steps, "topic")).toMatchObject({ state: "done", at: null });
  });
});

describe("a service that is missing", () => {
  test("is where the purchase waits: nobody knows more", () => {
    const steps = way(purchase(), { health: { ...HEALTH, invoices: "away", notifications: "absent" } });
    expect(states(steps)).toBe("done done unknown later unknown unknown");
    expect(at(steps, "invoice")?.text).toEqual({ key: "missing", service: "invoices", health: "away" });
    expect(at(steps, "notification")?.text).toEqual({
      key: "missing",
      service: "notifications",
      health: "absent",
    });
  });

  test("takes nothing back that is known already", () => {
    const steps = way(purchase(), {
      invoice: invoice(),
      delivery: underWay(),
      told: told("accepted"),
      health: { ...HEALTH, invoices: "away", notifications: "away", mail: "away" },
    });
    expect(states(steps)).toBe("done done done done done done");
    expect(at(steps, "email")?.text).toEqual({ key: "sent", arrived: false });
  });

  test("does not hide a delivery that is under way", () => {
    const health = { ...HEALTH, notifications: "away" } as const;
    const steps = way(purchase(), { delivery: underWay({ phase: "Suspended" }), health });
    expect(at(steps, "delivery")).toMatchObject({ state: "done", text: { phase: "Suspended" }, at: 0 });
  });
});

describe("an e-mail", () => {
  test.each([
    [{ state: "PENDING", attempts: 0, sentAt: null }, "waiting", "toBeSent"],
    [{ state: "SENDING", attempts: 2, sentAt: null }, "waiting", "sending"],
    [{ state: "BOUNCED", lastError: "550 no such user" }, "failed", "bounced"],
    [{ state: "FAILED", lastError: "timeout" }, "failed", "undeliverable"],
  ])("%j", (email, state, key) => {
    const found = at(way(purchase(), { invoice: invoice(email) }), "email");
    expect(found).toMatchObject({ state, text: { key }, at: null });
  });

  test("that was sent without a time has that of its arrival", () => {
    const found = at(way(purchase(), { invoice: invoice({ sentAt: null }), mail: ARRIVED }), "email");
    expect(found?.at).toBe(1_450);
  });
});

describe("a delivery that has left the map", () => {
  test.each<[News[], string, string | null]>([
    [["accepted"], "done", "Accepted"],
    [["accepted", "under-way", "nearly-there"], "done", "Running"],
    [["accepted", "under-way", "finished"], "done", "Finished"],
    [["accepted", "finished", "nearly-there", "late"], "done", "Finished"],
    [["accepted", "cancelled"], "failed", "Cancelled"],
    [["failed"], "failed", "Failed"],
  ])("is what its customer was told last: %j", (news, state, phase) => {
    const found = at(way(purchase(), { told: told(...news) }), "delivery");
    expect(found).toMatchObject({ state, text: { key: "delivery", phase }, at: 2_000 });
    expect(found?.href).toBe(`#/delivery/shop/${NAME}`);
  });
});
