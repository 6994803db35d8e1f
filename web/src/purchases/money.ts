// Amounts of money: integer cents everywhere, and text only at the edge of the page. Pure.

import type { Language } from "../i18n";

/** The currency of everything that the page sells. */
export const CURRENCY = "BRL";
/** The purchases service's limits, cents. */
export const MAX_PRICE = 1_000_000_000;
export const MAX_TOTAL = 1_000_000_000_000;

const formatters = new Map<string, Intl.NumberFormat>();

/** `currency` is a code of ISO 4217: `R$ 39,80`. Exact up to `MAX_TOTAL`, as a double has 15 digits. */
export function formatCents(cents: number, currency: string, language: Language): string {
  const key = `${language} ${currency}`;
  let formatter = formatters.get(key);
  if (formatter === undefined) {
    formatter = new Intl.NumberFormat(language, { style: "currency", currency });
    formatters.set(key, formatter);
  }
  return formatter.format(cents / 100);
}

/**
 * The cents of a price as people type it, with a comma or a point before the cents: `19,90`, `19.9`, `20`. Null: not a price.
 * Never by way of a fraction, which has no exact cents; `1.234` could be either and is refused.
 */
export function parsePrice(text: string): number | null {
  const match = /^(?:R\$\s*)?(\d{1,8})(?:[.,](\d{1,2}))?$/.exec(text.trim());
  if (match === null) return null;
  const cents = 100 * Number(match[1]) + Number((match[2] ?? "").padEnd(2, "0"));
  return cents <= MAX_PRICE ? cents : null;
}
