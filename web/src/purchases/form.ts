// What a person has typed into the form of a purchase, and the order that it becomes. Pure.

import type { Language } from "../i18n";
import { MAX_TOTAL, parsePrice } from "./money";

/** One product, as it is typed. */
export interface Line {
  /** Distinguishes it from the others of the form. */
  key: number;
  product: string;
  quantity: string;
  price: string;
}

export interface Draft {
  name: string;
  email: string;
  lines: readonly Line[];
  /** Empty: nothing is delivered. */
  routeId: string;
}

export type DraftAction =
  | { type: "typed"; field: "name" | "email" | "routeId"; text: string }
  | { type: "line"; key: number; field: keyof Omit<Line, "key">; text: string }
  | { type: "add" }
  | { type: "remove"; key: number }
  /** Another purchase by the same customer. */
  | { type: "bought" };

/** The body of `POST /purchases`. */
export interface Order {
  customer: { name: string; email: string; language: Language };
  items: { product: string; quantity: number; unitPriceCents: number }[];
  deliverTo?: { routeId: string };
}

export type Field = "name" | "email" | "product" | "quantity" | "price" | "total";

/** A field that does not hold what it should; `line`: of that line, null: of the form. */
export interface Fault {
  field: Field;
  line: number | null;
}

/** The purchases service's limits. */
export const MAX_LINES = 100;
const MAX_QUANTITY = 10_000;
const MAX_TEXT = 200;
const MAX_EMAIL = 254;

export const EMPTY_DRAFT: Draft = { name: "", email: "", lines: [newLine(1)], routeId: "" };

export function reduceDraft(draft: Draft, action: DraftAction): Draft {
  switch (action.type) {
    case "typed":
      return { ...draft, [action.field]: action.text };
    case "line":
      return {
        ...draft,
        lines: draft.lines.map((line) =>
          line.key === action.key ? { ...line, [action.field]: action.text } : line,
        ),
      };
    case "add": {
      if (draft.lines.length >= MAX_LINES) return draft;
      const key = 1 + Math.max(0, ...draft.lines.map((line) => line.key));
      return { ...draft, lines: [...draft.lines, newLine(key)] };
    }
    case "remove":
      if (draft.lines.length === 1) return draft;
      return { ...draft, lines: draft.lines.filter(({ key }) => key !== action.key) };
    case "bought":
      return { ...draft, lines: [newLine(1)] };
  }
}

/** The sum of all lines, cents; those that cannot be read do not count. */
export function totalOf({ lines }: Draft): number {
  return lines.reduce(
    (sum, { quantity, price }) => sum + (readQuantity(quantity) ?? 0) * (parsePrice(price) ?? 0),
    0,
  );
}

/** Everything that is wrong, in the order of the form; without any, the order. */
export function readDraft(draft: Draft, language: Language): { order: Order; faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const check = (isGood: boolean, field: Field, line: number | null = null) => {
    if (!isGood) faults.push({ field, line });
  };
  const [name, email] = [draft.name.trim(), draft.email.trim()];
  check(isText(name), "name");
  check(email.length <= MAX_EMAIL && /^[^\s@]+@[^\s@]+$/.test(email) && isText(email, MAX_EMAIL), "email");
  const items = draft.lines.map(({ key, product, quantity, price }) => {
    const [count, cents] = [readQuantity(quantity), parsePrice(price)];
    check(isText(product.trim()), "product", key);
    check(count !== null, "quantity", key);
    check(cents !== null, "price", key);
    return { product: product.trim(), quantity: count ?? 0, unitPriceCents: cents ?? 0 };
  });
  check(totalOf(draft) <= MAX_TOTAL, "total");
  const deliverTo = draft.routeId === "" ? {} : { deliverTo: { routeId: draft.routeId } };
  return { order: { customer: { name, email, language }, items, ...deliverTo }, faults };
}

function newLine(key: number): Line {
  return { key, product: "", quantity: "1", price: "" };
}

function readQuantity(text: string): number | null {
  const quantity = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return quantity >= 1 && quantity <= MAX_QUANTITY ? quantity : null;
}

/** Counted as the service counts: characters, of which an emoji may be one. */
function isText(text: string, max = MAX_TEXT): boolean {
  const { length } = Array.from(text);
  return length >= 1 && length <= max && !/\p{Cc}/u.test(text);
}
