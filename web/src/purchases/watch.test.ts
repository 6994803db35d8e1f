import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Relay } from "../relay";
import { PURCHASE_ID, sentInvoice, sentNotice, sentPurchase } from "./fixtures";
import { InboxWatch } from "./inbox-watch";
import { Watch } from "./watch";

const AWAY = new Response("no healthy upstream", { status: 503 });
const UNISSUED = Response.json({ error: { reason: "UnknownInvoice", message: "No." } }, { status: 404 });

/** What each path answers; a path that is not listed is the gateway's 404. */
let answers: Record<string, Response> = {};
let asked: string[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  answers = {};
  asked = [];
  const page = Object.assign(new EventTarget(), { hidden: false, baseURI: "http://entrance.example/" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("fetch", (url: URL, request?: RequestInit) => {
    asked.push(`${request?.method ?? "GET"} ${url.pathname}${url.search}`);
    const missing = Response.json({ error: { reason: "NotFound", message: "No." } }, { status: 404 });
    return Promise.resolve((answers[url.pathname] ?? missing).clone());
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A gateway that answers when the test says so. */
const relay = () => new Relay(() => true);
const askedFor = (part: string) => asked.filter((each) => each.includes(part));
const list = (...ids: string[]) =>
  Response.json({ purchases: ids.map((id) => sentPurchase({ id })), next: null });

describe("the watch", () => {
  test("asks for the purchases, and for what belongs to them", async () => {
    answers = {
      "/api/purchases": list(PURCHASE_ID),
      [`/api/invoices/${PURCHASE_ID}`]: Response.json(sentInvoice()),
      "/api/notifications/from/c7": Response.json({ notifications: [sentNotice("a")], next: null }),
      "/mail/api/v1/messages": Response.json({ messages: [] }),
    };
    const watch = new Watch();
    watch.start({ customerId: "c7", limit: 10 });
    await vi.advanceTimersByTimeAsync(100);
    expect(askedFor("purchases")[0]).toBe("GET /api/purchases?limit=10&customerId=c7");
    expect(watch.state.invoices.get(PURCHASE_ID)?.number).toBe("000.000.042");
    expect(watch.state.notices.get("c7")).toHaveLength(1);
    expect(watch.state.mails).toEqual([]);
    const before = asked.length;
    watch.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(before);
  });

  test("asks again every two seconds, but not for an invoice whose e-mail was sent", async () => {
    answers = {
      "/api/purchases": list(PURCHASE_ID, "p2"),
      [`/api/invoices/${PURCHASE_ID}`]: Response.json(sentInvoice()),
      "/api/invoices/p2": UNISSUED,
    };
    const watch = new Watch();
    watch.start({ customerId: null, limit: 10 });
    await vi.advanceTimersByTimeAsync(20_100);
    watch.stop();
    expect(askedFor("/api/purchases?").length).toBeGreaterThanOrEqual(10);
    expect(askedFor("/api/purchases?").length).toBeLessThanOrEqual(13);
    expect(askedFor(`/api/invoices/${PURCHASE_ID}`)).toHaveLength(1);
    expect(askedFor("/api/invoices/p2").length).toBeGreaterThanOrEqual(10);
    expect(watch.state.services.invoices.health).toBe("present");
  });

  test("asks a service that is away once at a time, ever less often, and the others as before", async () => {
    const ids = ["p1", "p2", "p3", "p4", "p5"];
    answers = { "/api/purchases": list(...ids) };
    for (const id of ids) answers[`/api/invoices/${id}`] = AWAY;
    const watch = new Watch();
    watch.start({ customerId: null, limit: 10 });
    await vi.advanceTimersByTimeAsync(60_000);
    watch.stop();
    expect(watch.state.services.invoices.health).toBe("away");
    expect(watch.state.services.mail.health).toBe("absent");
    expect(askedFor("/api/invoices").length).toBeLessThanOrEqual(7);
    expect(askedFor("/api/purchases?").length).toBeGreaterThanOrEqual(29);
  });

  test("knows who reads the topic and what was sold while that is said, and misses neither", async () => {
    const groups = { topic: "compra", groups: [{ group: "sales", members: 0, lag: 7 }] };
    const sales = { products: [{ product: "café", quantity: 2, totalCents: 3_980 }] };
    answers = {
      "/api/purchases": list(),
      "/api/purchases/groups": Response.json(groups),
      "/api/sales": Response.json(sales),
    };
    const watch = new Watch();
    watch.start({ customerId: null, limit: 10 });
    await vi.advanceTimersByTimeAsync(100);
    expect(watch.state.groups).toEqual([{ name: "sales", members: 0, lag: 7 }]);
    expect(watch.state.sales).toEqual(sales.products);
    answers = { "/api/purchases": list(), "/api/purchases/groups": AWAY };
    asked = [];
    await vi.advanceTimersByTimeAsync(60_000);
    watch.stop();
    expect([watch.state.groups, watch.state.sales]).toEqual([null, null]);
    for (const path of ["/api/purchases/groups", "/api/sales"]) {
      expect(askedFor(path).length).toBeGreaterThanOrEqual(3);
      expect(askedFor(path).length).toBeLessThanOrEqual(7);
    }
    expect(watch.state.services.purchases.health).toBe("present");
  });
});

describe("the bell's watch", () => {
  const COUNT = "/api/notifications/count/from/c7";
  const LIST = "/api/notifications/from/c7";

  test("asks for the count alone until it is opened", async () => {
    answers = {
      [COUNT]: Response.json({ count: 2 }),
      [LIST]: Response.json({ notifications: [sentNotice("a")], next: null }),
    };
    const watch = new InboxWatch("c7", relay());
    watch.start();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(askedFor(COUNT)).toHaveLength(3);
    expect(askedFor(`GET ${LIST}`)).toEqual([]);
    expect(watch.inbox.unread).toBe(2);
    watch.open(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(watch.inbox.notices).toHaveLength(1);
    watch.stop();
  });

  test("asks when the gateway says so, once for changes that come together, and hardly ever by itself", async () => {
    answers = {
      [COUNT]: Response.json({ count: 2 }),
      [LIST]: Response.json({ notifications: [sentNotice("a")], next: null }),
    };
    const gateway = relay();
    const watch = new InboxWatch("c7", gateway);
    watch.start();
    watch.open(true);
    gateway.receive({ event: "notifications", data: { recipientIds: ["c7"] } });
    await vi.advanceTimersByTimeAsync(1_000);
    const before = askedFor(COUNT).length;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(askedFor(COUNT)).toHaveLength(before);
    for (let change = 0; change < 5; change += 1) {
      gateway.receive({ event: "notification", data: { recipientId: "c7" } });
    }
    await vi.advanceTimersByTimeAsync(200);
    expect(askedFor(COUNT)).toHaveLength(before + 1);
    gateway.lost();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(askedFor(COUNT).length).toBeGreaterThan(before + 2);
    watch.stop();
    gateway.receive({ event: "notification", data: { recipientId: "c7" } });
    const stopped = askedFor(COUNT).length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(askedFor(COUNT)).toHaveLength(stopped);
  });

  test("marks a notification, and says why when that fails", async () => {
    answers = {
      [COUNT]: Response.json({ count: 1 }),
      [LIST]: Response.json({ notifications: [sentNotice("a")], next: null }),
      "/api/notifications/a/read": Response.json({ notification: sentNotice("a", { readAt: 5 }) }),
      "/api/notifications/a/unread": AWAY,
    };
    const watch = new InboxWatch("c7", relay());
    watch.start();
    watch.open(true);
    await vi.advanceTimersByTimeAsync(100);
    await watch.mark("a", "read");
    expect(askedFor("PATCH")).toEqual(["PATCH /api/notifications/a/read"]);
    expect(watch.inbox).toMatchObject({ unread: 0, problem: null });
    await watch.mark("a", "unread");
    expect(watch.inbox).toMatchObject({ unread: 0, problem: { kind: "away" } });
    watch.stop();
  });
});
