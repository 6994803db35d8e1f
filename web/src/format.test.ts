import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatDelay,
  formatDuration,
  formatLength,
  formatPercent,
  formatRate,
  formatSpeed,
  formatTime,
} from "./format";
import { LANGUAGES, WORDS, chooseLanguage } from "./i18n";
import { DELIVERY_WORDS } from "./i18n-delivery";
import { HISTORY_WORDS } from "./i18n-history";
import { REFUSALS } from "./protocol";

/** `Intl` inserts non-breaking spaces. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

/** All texts of a language, as far as its source has them: many are made by functions. */
const textsOf = (words: unknown) =>
  JSON.stringify(words, (_, value: unknown) => (typeof value === "function" ? value.toString() : value));

describe("numbers", () => {
  test("of rates have one decimal", () => {
    expect(formatRate(12.34, "pt-BR")).toBe("12,3");
    expect(formatRate(0, "en")).toBe("0");
  });

  test("of time are as short as they can be", () => {
    expect(plain(formatDuration(38_400, "pt-BR"))).toBe("38 s");
    expect(plain(formatDuration(68_000, "pt-BR"))).toBe("1 min 8 s");
    expect(plain(formatDuration(59_600, "en"))).toBe("1 min 0 sec");
    expect(plain(formatDuration(7_500_000, "pt-BR"))).toBe("2 h 5 min");
    expect(plain(formatDelay(75.5, "pt-BR"))).toBe("76 ms");
    expect(plain(formatDelay(2_040, "en"))).toBe("2 sec");
  });

  test("are written as the language writes them", () => {
    expect(plain(formatLength(1_874, "pt-BR"))).toBe("1,9 km");
    expect(plain(formatLength(1_874, "en"))).toBe("1.9 km");
    expect(plain(formatLength(874, "en"))).toBe("874 m");
    expect(plain(formatSpeed(12.5, "pt-BR"))).toBe("45 km/h");
    expect(formatPercent(0.374, "en")).toBe("37%");
    expect(plain(formatTime(90, "pt-BR", 60))).toBe("1,5 min");
    expect(plain(formatTime(0.5, "pt-BR", 1))).toBe("0,5 s");
  });
});

test("an age is minutes and seconds, and hours if need be", () => {
  expect([0, 999, 58_000, 3_599_999, 3_723_000, 90_000_000].map(formatAge)).toEqual([
    "00:00",
    "00:00",
    "00:58",
    "59:59",
    "1:02:03",
    "25:00:00",
  ]);
});

describe("words", () => {
  test("keep the vehicle tracker's messages in Portuguese, and call a route and a delivery by one name each", () => {
    const { start, list, messages } = WORDS["pt-BR"];
    const primeiro = { who: "", route: "Primeiro" };
    expect(start.chooseRoute).toBe("Selecione uma rota");
    expect(start.submit).toBe("Iniciar entrega");
    expect(list.heading).toBe("Entregas");
    expect(WORDS.en.start.submit).toBe("Start delivery");
    for (const words of [WORDS, HISTORY_WORDS, DELIVERY_WORDS]) {
      expect(textsOf(words["pt-BR"])).not.toMatch(/corrida/i);
      expect(textsOf(words.en)).not.toMatch(/\b(driver|ride|track|trip)s?\b/i);
    }
    expect(messages({ key: "finished", delivery: primeiro })).toBe("Primeiro finalizou!");
    expect(messages({ key: "alreadyAdded", delivery: primeiro })).toBe(
      "Primeiro já adicionado, espere finalizar.",
    );
  });

  test("exist for every message in every language", () => {
    const delivery = { who: "moto-7", route: "X" };
    const keys = [
      "started",
      "finished",
      "cancelled",
      "failed",
      "alreadyAdded",
      "answerLost",
      "answerLate",
    ] as const;
    for (const language of LANGUAGES) {
      for (const key of keys)
        expect(WORDS[language].messages({ key, delivery })).toMatch(/moto-7 (on|na rota) X/);
      const { messages, outages, obstacles } = WORDS[language];
      for (const reason of REFUSALS) expect(messages({ key: "refused", reason })).toMatch(/^[A-Z].*\.$/);
      expect(messages({ key: "refused", reason: "NewReason" })).toMatch(/^[A-Z].*\(NewReason\)\.$/);
      for (const text of [...Object.values(outages), ...Object.values(obstacles)])
        expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("of a delivery's page are sentences that name it", () => {
    for (const language of LANGUAGES) {
      const { unknown, gone, away, unavailable } = DELIVERY_WORDS[language];
      expect(unknown("moto-7", "default")).toMatch(/^[A-Z].* moto-7 .* default\..*\.$/);
      expect(gone("off")).not.toBe(gone("on"));
      for (const text of [gone("off"), gone("on"), away, unavailable]) expect(text).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("exist for every reason that the operator gives in an event", () => {
    const page = readFileSync(new URL("../../docs/status.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| (.*) \| .* \|$/gm)];
    const reasons = rows
      .filter(([, , conditions]) => conditions?.includes("`Ready`"))
      .map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(20);
    const commands = ["SuspendCommanded", "ResumeCommanded", "CancelCommanded", "SuspendedTooLong"];
    for (const language of LANGUAGES) {
      const words = DELIVERY_WORDS[language].reasons;
      for (const reason of [...reasons, ...commands]) expect(words).toHaveProperty(reason ?? "");
    }
  });

  test("follow the browser's preferences, and are English when it prefers neither", () => {
    expect(chooseLanguage(["en-GB", "pt-BR"])).toBe("en");
    expect(chooseLanguage(["pt-PT", "en"])).toBe("pt-BR");
    expect(chooseLanguage(["de", "en-US"])).toBe("en");
    expect(chooseLanguage(["de", "pt"])).toBe("pt-BR");
    expect(chooseLanguage(["es-ES"])).toBe("en");
    expect(chooseLanguage([])).toBe("en");
  });
});
