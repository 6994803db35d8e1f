// Fake services of purchases, invoices and notifications and a fake mail server, as an entrance joins them below /api and /mail:
// the same HTTP interface, and controls for what happens behind it.

import { createHash } from "node:crypto";

/** How long each step takes by itself, milliseconds. */
const STEP = 1_500;

/** `automatic`: purchases go their way by themselves, for developing. */
export function makeShop({ automatic = false } = {}) {
  const shop = {
    /** The newest first. */
    purchases: [],
    /** By the purchase's id. */
    invoices: new Map(),
    notices: [],
    mails: [],
    /** What Kafka says of its consumer groups. */
    groups: [],
    /** What another consumer has counted; null: there is none. */
    sales: null,
    /** Services whose pods are gone: the entrance answers for them. */
    away: new Set(),
    /** Services that are not installed. */
    absent: new Set(),
    /** The reason with which purchases are refused; null: they are not. */
    refusal: null,
    /** How many answers to purchases are lost on their way back. */
    lost: 0,
    /** `METHOD path` of each request. */
    asked: [],
    /** The keys and bodies of the purchases that were asked for. */
    orders: [],
    /** Called with each notification that is new or has changed. */
    changed: () => undefined,
    buy,
    approve,
    publish,
    issue,
    send,
    tell,
    deliveryName,
    answer,
  };
  return shop;

  /** As `POST /purchases` would. */
  function buy({ customer, items, deliverTo }) {
    const purchase = {
      id: crypto.randomUUID(),
      state: "PENDING",
      customer: { language: "pt-BR", ...customer, id: uuid(digest(customer.email.toLowerCase())) },
      items,
      totalCents: items.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0),
      currency: "BRL",
      ...(deliverTo === undefined ? {} : { deliverTo }),
      createdAt: Date.now(),
    };
    shop.purchases.unshift(purchase);
    if (automatic) void goOn(purchase);
    return purchase;
  }

  async function goOn(purchase) {
    for (const step of [approve, publish, issue, send]) {
      await new Promise((resolve) => setTimeout(resolve, STEP));
      step(purchase);
    }
  }

  function approve(purchase) {
    Object.assign(purchase, { state: "APPROVED", approvedAt: Date.now() });
    tell(purchase, "approved", `Sua compra de ${purchase.totalCents} centavos foi aprovada.`);
  }

  function publish(purchase) {
    purchase.publishedAt = Date.now();
  }

  function issue(purchase) {
    const number = shop.invoices.size + 1;
    const { id, customer, items, totalCents, currency } = purchase;
    const digits = String(number).padStart(9, "0");
    const invoice = {
      ...{ id, purchaseId: id, customer, items, totalCents, currency, series: 1, number },
      formattedNumber: `${digits.slice(0, 3)}.${digits.slice(3, 6)}.${digits.slice(6)}`,
      accessKey: digits.padStart(44, "0"),
      issuedAt: Date.now(),
      email: { state: "PENDING", messageId: `<${id}@shop.example>`, attempts: 0 },
    };
    shop.invoices.set(id, invoice);
    tell(purchase, "invoiced", `A nota ${invoice.formattedNumber} foi emitida.`);
  }

  function send({ id, customer }) {
    const { email, formattedNumber } = shop.invoices.get(id);
    Object.assign(email, { state: "SENT", attempts: 1, sentAt: Date.now() });
    shop.mails.unshift({
      ID: digest(id).slice(0, 12),
      MessageID: `${id}@shop.example`,
      From: { Name: "Loja", Address: "loja@shop.example" },
      To: [{ Name: customer.name, Address: customer.email }],
      Subject: `Nota fiscal ${formattedNumber}`,
      Created: new Date().toISOString(),
    });
  }

  /** As the projector does: the notification's id follows from purchase and news. */
  function tell(purchase, news, content, link) {
    const id = uuid(digest(`${purchase.id}/${news}`));
    const notice = {
      ...{ id, content, category: "purchase", recipientId: purchase.customer.id, channels: [] },
      ...(link === undefined ? {} : { link }),
      createdAt: Date.now(),
    };
    shop.notices.unshift(notice);
    shop.changed(notice);
    return notice;
  }

  /** The name that the operator gives to the delivery of a purchase. */
  function deliveryName(purchase, route = "segundo") {
    return `${route}-${digest(purchase.id).slice(0, 12)}`;
  }

  /** Answers what is below /api and /mail; false: nobody here does. */
  async function answer(request, pathname, query, response) {
    shop.asked.push(`${request.method} ${pathname}`);
    const [, , first, ...rest] = pathname.split("/");
    const service = pathname.startsWith("/mail/") ? "mail" : first;
    const json = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      return true;
    };
    const fail = (status, reason) => json(status, { error: { reason, message: `Because of ${reason}.` } });
    if (shop.absent.has(service)) return false;
    if (shop.away.has(service)) {
      response.writeHead(503, { "content-type": "text/plain" }).end("no healthy upstream");
      return true;
    }
    if (service === "sales") return shop.sales !== null && json(200, { products: shop.sales });
    if (service === "purchases" && rest[0] === "groups") {
      return json(200, { topic: "compra", groups: shop.groups });
    }
    if (service === "purchases" && request.method === "POST") {
      return order(request, await bodyOf(request), json, fail, response);
    }
    if (service === "purchases") {
      const of = query.get("customerId");
      const fitting = shop.purchases.filter(({ customer }) => of === null || customer.id === of);
      const limit = Number(query.get("limit") ?? 50);
      const next = fitting.length > limit ? String(limit) : null;
      return json(200, { purchases: fitting.slice(0, limit), next });
    }
    if (service === "invoices") {
      const id = rest[0].replace(/\.pdf$/, "");
      const invoice = shop.invoices.get(id);
      if (invoice === undefined) return fail(404, "UnknownInvoice");
      if (!rest[0].endsWith(".pdf")) return json(200, invoice);
      response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF-1.4");
      return true;
    }
    if (service === "notifications") return notifications(request, rest, query, json, fail);
    if (service === "mail") return json(200, { total: shop.mails.length, messages: shop.mails });
    return false;
  }

  function order(request, text, json, fail, response) {
    const key = request.headers["idempotency-key"];
    const body = JSON.parse(text);
    const before = shop.orders.find((each) => each.key === key);
    shop.orders.push({ key, body });
    if (shop.refusal !== null) return fail(422, shop.refusal);
    const isOther = before !== undefined && JSON.stringify(before.body) !== JSON.stringify(body);
    if (isOther) return fail(422, "IdempotencyKeyReused");
    const purchase = before?.purchase ?? buy(body);
    shop.orders.at(-1).purchase = purchase;
    if (shop.lost > 0) {
      shop.lost -= 1;
      response.writeHead(504, { "content-type": "text/plain" }).end("upstream request timeout");
      return true;
    }
    return json(before === undefined ? 201 : 200, purchase);
  }

  function notifications(request, rest, query, json, fail) {
    if (request.method === "PATCH") {
      const notice = shop.notices.find(({ id }) => id === rest[0]);
      if (notice === undefined) return fail(404, "UnknownNotification");
      if (notice.canceledAt !== undefined) return fail(409, "NotificationCanceled");
      if (rest[1] === "read") notice.readAt = Date.now();
      else delete notice.readAt;
      shop.changed(notice);
      return json(200, { notification: notice });
    }
    const isCount = rest[0] === "count";
    const of = rest.at(-1);
    const fits = ({ recipientId, readAt, canceledAt }) =>
      recipientId === of &&
      [null, String(readAt === undefined)].includes(query.get("unread")) &&
      [null, String(canceledAt !== undefined)].includes(query.get("cancelled"));
    const found = shop.notices.filter(fits);
    return isCount ? json(200, { count: found.length }) : json(200, { notifications: found, next: null });
  }
}

async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function digest(text) {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

/** A UUID of version 8 from the first half of a digest. */
function uuid(hash) {
  const bytes = Buffer.from(hash.slice(0, 32), "hex");
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
