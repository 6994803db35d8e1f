import { describe, expect, test } from "vitest";
import { WORDS } from "./i18n";
import { detailsOf, nameOf } from "./names";

const SEGUNDO = { name: "segundo-x7f2", courier: "moto-7", title: "Segundo" };

describe("a delivery is called", () => {
  test("by its courier, without one by the name of its object, and by its route", () => {
    expect(nameOf(SEGUNDO)).toEqual({ who: "moto-7", route: "Segundo" });
    expect(nameOf({ ...SEGUNDO, courier: "" })).toEqual({ who: "segundo-x7f2", route: "Segundo" });
  });

  test("by both in sentences, but never by the same word twice", () => {
    expect(WORDS.en.delivery(nameOf(SEGUNDO))).toBe("moto-7 on Segundo");
    expect(WORDS["pt-BR"].delivery(nameOf(SEGUNDO))).toBe("moto-7 na rota Segundo");
    expect(WORDS.en.delivery({ who: "", route: "Segundo" })).toBe("Segundo");
    expect(WORDS.en.delivery(nameOf({ name: "", courier: "", title: "Segundo" }))).toBe("Segundo");
    expect(WORDS.en.cancelDialog.question(WORDS.en.delivery(nameOf(SEGUNDO)))).toBe(
      "Cancel the delivery moto-7 on Segundo?",
    );
  });

  test("in any direction, without turning the rest of the sentence", () => {
    expect(WORDS.en.delivery({ who: "\u202etfarc", route: "طريق" })).toBe(
      "\u2068\u202etfarc\u2069 on \u2068طريق\u2069",
    );
    expect(WORDS.en.delivery({ who: "moto-7 🛵", route: "São Paulo" })).toBe("moto-7 🛵 on São Paulo");
  });

  test("and told apart by route, vehicle and object name", () => {
    expect(detailsOf(SEGUNDO, "Van")).toEqual(["Segundo", "Van", "segundo-x7f2"]);
    expect(detailsOf({ ...SEGUNDO, courier: "" }, "")).toEqual(["Segundo"]);
  });
});
