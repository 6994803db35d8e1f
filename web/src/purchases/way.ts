// The way of a purchase: through Kafka to its invoice, the e-mail, the delivery and what the customer is told. Pure.

import type { Delivery } from "../deliveries";
import { linkOf } from "../delivery/address";
import type { Phase } from "../protocol";
import type { Service } from "./client";
import { hrefOf, type News, type Told } from "./kin";
import type { Invoice, Mail, Purchase } from "./shapes";
import { isMissing, type Health } from "./state";

export const STEPS = ["purchase", "topic", "invoice", "email", "delivery", "notification"] as const;
export type StepKey = (typeof STEPS)[number];

/**
 * "waiting": the purchase is here now; "later": it has not come here yet; "none": it does not come here at all; "unknown": nobody
 * can say at the moment.
 */
export type StepState = "done" | "waiting" | "later" | "failed" | "none" | "unknown";

/** What a step says, independent of the language. */
export type StepText =
  | { key: "approved" | "paying" | "published" | "toBePublished" | "inTopic" | "requested" | "untold" }
  | { key: "later" | "none" | "notDelivered" }
  | { key: "refused" | "bounced" | "undeliverable"; reason: string }
  | { key: "issued"; number: string; series: number }
  | { key: "toBeSent" | "sending"; attempts: number; reason: string }
  /** `arrived`: the mail server has it. */
  | { key: "sent"; arrived: boolean }
  /** Null: under way, as far as anybody was told. */
  | { key: "delivery"; phase: Phase | null }
  | { key: "told"; content: string; count: number }
  | { key: "missing"; service: Service; health: "away" | "absent" };

export interface Step {
  key: StepKey;
  state: StepState;
  text: StepText;
  /** When it was done, milliseconds since the epoch; null: it is not, or nobody says when. */
  at: number | null;
  /** A link of this page; null: none. */
  href: string | null;
}

/** What is known of a purchase. */
export interface Known {
  invoice: Invoice | null;
  /** What has arrived at the mail server. */
  mail: Mail | null;
  /** Its delivery, if that is under way. */
  delivery: Delivery | null;
  /** The newest first. */
  told: readonly Told[];
  health: Readonly<Record<Service, Health>>;
}

/** In the order of the way. */
export function wayOf(purchase: Purchase, known: Known): readonly Step[] {
  return [
    purchaseStep(purchase),
    topicStep(purchase, known),
    invoiceStep(purchase, known),
    emailStep(purchase, known),
    deliveryStep(purchase, known),
    notificationStep(purchase, known),
  ];
}

function step(key: StepKey, state: StepState, text: StepText, at: number | null = null): Step {
  return { key, state, text, at, href: null };
}

function purchaseStep({ state, reason, createdAt, approvedAt }: Purchase): Step {
  switch (state) {
    case "PENDING":
      return step("purchase", "waiting", { key: "paying" }, createdAt);
    case "APPROVED":
      return step("purchase", "done", { key: "approved" }, approvedAt ?? createdAt);
    case "FAILED":
      return step("purchase", "failed", { key: "refused", reason }, createdAt);
  }
}

function topicStep(purchase: Purchase, { invoice }: Known): Step {
  const { publishedAt } = purchase;
  // Who has an invoice was in the topic, whether or not the service has noted that already.
  if (publishedAt !== null || invoice !== null) {
    return step("topic", "done", { key: "published" }, publishedAt);
  }
  return purchase.state === "APPROVED"
    ? step("topic", "waiting", { key: "toBePublished" })
    : ahead("topic", purchase);
}

function invoiceStep(purchase: Purchase, { invoice, health }: Known): Step {
  if (invoice !== null) {
    const { number, series, issuedAt } = invoice;
    return step("invoice", "done", { key: "issued", number, series }, issuedAt);
  }
  if (purchase.publishedAt === null) return ahead("invoice", purchase);
  return missing("invoice", "invoices", health) ?? step("invoice", "waiting", { key: "inTopic" });
}

function emailStep(purchase: Purchase, { invoice, mail }: Known): Step {
  if (invoice === null) return ahead("email", purchase);
  const { state, attempts, lastError: reason, sentAt } = invoice.email;
  switch (state) {
    case "PENDING":
      return step("email", "waiting", { key: "toBeSent", attempts, reason });
    case "SENDING":
      return step("email", "waiting", { key: "sending", attempts, reason });
    case "SENT":
      return step("email", "done", { key: "sent", arrived: mail !== null }, sentAt ?? mail?.at ?? null);
    case "BOUNCED":
      return step("email", "failed", { key: "bounced", reason });
    case "FAILED":
      return step("email", "failed", { key: "undeliverable", reason });
  }
}

function deliveryStep(purchase: Purchase, { delivery, told, health }: Known): Step {
  if (purchase.routeId === null && purchase.state !== "FAILED") {
    return step("delivery", "none", { key: "notDelivered" });
  }
  const phase = delivery?.phase ?? toldPhase(told);
  const href = delivery === null ? toldHref(told) : linkOf(delivery);
  if (phase !== null || href !== null) {
    const isLost = phase === "Cancelled" || phase === "Failed";
    const first = told.findLast(({ news }) => news !== null && isOfDelivery(news));
    const at = first?.notice.createdAt ?? delivery?.start ?? null;
    return { ...step("delivery", isLost ? "failed" : "done", { key: "delivery", phase }, at), href };
  }
  if (purchase.publishedAt === null) return ahead("delivery", purchase);
  // Under way, the gateway would tell of it; once it has ended, only a notification does.
  return missing("delivery", "notifications", health) ?? step("delivery", "waiting", { key: "requested" });
}

function notificationStep(purchase: Purchase, { told, health }: Known): Step {
  const [newest] = told;
  if (newest !== undefined) {
    const { content, createdAt } = newest.notice;
    return step("notification", "done", { key: "told", content, count: told.length }, createdAt);
  }
  if (purchase.publishedAt === null) return ahead("notification", purchase);
  return (
    missing("notification", "notifications", health) ?? step("notification", "waiting", { key: "untold" })
  );
}

/** A step that the purchase has not come to, or never will. */
function ahead(key: StepKey, { state }: Purchase): Step {
  return state === "FAILED" ? step(key, "none", { key: "none" }) : step(key, "later", { key: "later" });
}

function missing(key: StepKey, service: Service, health: Known["health"]): Step | null {
  const of = health[service];
  return isMissing(of) ? step(key, "unknown", { key: "missing", service, health: of }) : null;
}

/** What the news of a delivery say of it, the furthest first: several may be told at the same time, in any order. */
const TOLD_PHASES: readonly (readonly [News, Phase])[] = [
  ["finished", "Finished"],
  ["cancelled", "Cancelled"],
  ["failed", "Failed"],
  // There is no delivery, and never will be.
  ["refused", "Failed"],
  ["nearly-there", "Running"],
  ["late", "Running"],
  ["under-way", "Running"],
  ["accepted", "Accepted"],
];

function isOfDelivery(news: News): boolean {
  return TOLD_PHASES.some(([of]) => of === news);
}

function toldPhase(told: readonly Told[]): Phase | null {
  const found = TOLD_PHASES.find(([of]) => told.some(({ news }) => news === of));
  return found?.[1] ?? null;
}

function toldHref(told: readonly Told[]): string | null {
  for (const { notice } of told) {
    const href = hrefOf(notice);
    if (href?.startsWith("#/delivery/") === true) return href;
  }
  return null;
}
