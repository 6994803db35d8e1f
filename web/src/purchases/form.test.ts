import { describe, expect, test } from "vitest";
import {
  EMPTY_DRAFT,
  MAX_LINES,
  readDraft,
  reduceDraft,
  totalOf,
  type Draft,
  type DraftAction,
} from "./form";

const fill = (...actions: DraftAction[]) => actions.reduce(reduceDraft, EMPTY_DRAFT);
const typed = (field: "name" | "email" | "routeId", text: string): DraftAction => ({
  type: "typed",
  field,
  text,
});
const line = (key: number, field: "product" | "quantity" | "price", text: string): DraftAction => ({
  type: "line",
  key,
  field,
  text,
});

const filled: Draft = fill(
  typed("name", " Customer 7 "),
  typed("email", "customer7@example.com"),
  line(1, "product", "café"),
  line(1, "quantity", "2"),
  line(1, "price", "19,90"),
);

describe("a draft", () => {
  test("becomes the order that it says, in whole cents", () => {
    const { order, faults } = readDraft(reduceDraft(filled, typed("routeId", "2")), "en");
    expect(faults).toEqual([]);
    expect(order).toEqual({
      customer: { name: "Customer 7", email: "customer7@example.com", language: "en" },
      items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }],
      deliverTo: { routeId: "2" },
    });
    expect(totalOf(filled)).toBe(3_980);
  });

  test("without a route asks for no delivery", () => {
    expect(readDraft(filled, "pt-BR").order).not.toHaveProperty("deliverTo");
  });

  test("takes HTML, emoji and other scripts in names as they are", () => {
    const product = '<img src=x onerror="alert(1)"> 🛵 שלום';
    const { order, faults } = readDraft(reduceDraft(filled, line(1, "product", product)), "en");
    expect(faults).toEqual([]);
    expect(order.items[0]?.product).toBe(product);
  });

  test("gains and loses lines, but keeps one, and never more than the service takes", () => {
    let draft = fill({ type: "add" }, { type: "add" }, { type: "remove", key: 2 }, { type: "add" });
    expect(draft.lines.map(({ key }) => key)).toEqual([1, 3, 4]);
    for (const key of [1, 3, 4]) draft = reduceDraft(draft, { type: "remove", key });
    expect(draft.lines.map(({ key }) => key)).toEqual([4]);
    for (let count = 0; count < 2 * MAX_LINES; count += 1) draft = reduceDraft(draft, { type: "add" });
    expect(draft.lines).toHaveLength(MAX_LINES);
  });

  test("that was bought keeps the customer for the next purchase", () => {
    const next = reduceDraft(filled, { type: "bought" });
    expect(next.name).toBe(filled.name);
    expect(next.lines).toEqual([{ key: 1, product: "", quantity: "1", price: "" }]);
  });
});

describe("a fault", () => {
  test("of an empty form is told for each field, in the form's order", () => {
    expect(readDraft(EMPTY_DRAFT, "en").faults).toEqual([
      { field: "name", line: null },
      { field: "email", line: null },
      { field: "product", line: 1 },
      { field: "price", line: 1 },
    ]);
  });

  test.each<[string, DraftAction]>([
    ["name", typed("name", "x".repeat(201))],
    ["name", typed("name", "a\u0007b")],
    ["email", typed("email", "nobody")],
    ["email", typed("email", "a@b@c")],
    ["email", typed("email", "a@example.com\nBcc: everybody@example.com")],
    ["email", typed("email", `${"a".repeat(251)}@b.c`)],
    ["product", line(1, "product", "   ")],
    ["quantity", line(1, "quantity", "0")],
    ["quantity", line(1, "quantity", "-1")],
    ["quantity", line(1, "quantity", "1.5")],
    ["quantity", line(1, "quantity", "10001")],
    ["price", line(1, "price", "19,905")],
  ])("of %s is found: %j", (field, action) => {
    const { faults } = readDraft(reduceDraft(filled, action), "en");
    expect(faults.map((fault) => fault.field)).toEqual([field]);
  });

  test("of a total that nobody can pay is the form's", () => {
    const actions = [line(1, "quantity", "10000"), line(1, "price", "10000000")];
    const { faults } = readDraft(actions.reduce(reduceDraft, filled), "en");
    expect(faults).toEqual([{ field: "total", line: null }]);
  });

  test("is not a name of 200 characters that are emoji", () => {
    expect(readDraft(reduceDraft(filled, typed("name", "🛵".repeat(200))), "en").faults).toEqual([]);
    expect(readDraft(reduceDraft(filled, typed("name", "🛵".repeat(201))), "en").faults).toHaveLength(1);
  });
});
