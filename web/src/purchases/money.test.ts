import { describe, expect, test } from "vitest";
import { MAX_PRICE, MAX_TOTAL, formatCents, parsePrice } from "./money";

/** Intl puts a space that does not break between symbol and number. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

describe("an amount", () => {
  test.each([
    [3_980, "R$ 39,80", "R$39.80"],
    [5, "R$ 0,05", "R$0.05"],
    [0, "R$ 0,00", "R$0.00"],
    [123_456_789, "R$ 1.234.567,89", "R$1,234,567.89"],
    [MAX_TOTAL - 1, "R$ 9.999.999.999,99", "R$9,999,999,999.99"],
  ])("of %d cents is %s and %s", (cents, portuguese, english) => {
    expect(plain(formatCents(cents, "BRL", "pt-BR"))).toBe(portuguese);
    expect(plain(formatCents(cents, "BRL", "en"))).toBe(english);
  });
});

describe("a price that is typed", () => {
  test.each([
    ["19,90", 1_990],
    ["19.90", 1_990],
    ["19,9", 1_990],
    [" 20 ", 2_000],
    ["R$ 0,07", 7],
    ["0", 0],
    // 4.35 * 100 is 434.99999999999994.
    ["4,35", 435],
    ["10000000", MAX_PRICE],
  ])("%j is %d cents", (text, cents) => {
    expect(parsePrice(text)).toBe(cents);
  });

  test.each([
    "",
    "-1",
    "1.234",
    "1,234.56",
    "19,905",
    "1e3",
    "NaN",
    "café",
    "10000000,01",
    "999999999",
    "1 2",
  ])("%j is none", (text) => {
    expect(parsePrice(text)).toBeNull();
  });
});
