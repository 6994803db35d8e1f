import { describe, expect, test } from "vitest";
import { formatDelay, formatDuration, formatLength, formatPercent, formatSpeed, formatTime } from "./format";
import { LANGUAGES, WORDS, chooseLanguage } from "./i18n";
import { HISTORY_WORDS } from "./i18n-history";
import { REFUSALS } from "./protocol";

/** `Intl` inserts non-breaking spaces. */
const plain = (text: string) => text.replaceAll(/\s/g, " ");

describe("numbers", () => {
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

describe("words", () => {
  test("keep the original's messages in Portuguese, and call a route and a delivery by one name each", () => {
    const { start, list, messages } = WORDS["pt-BR"];
    expect(start.chooseRoute).toBe("Selecione uma rota");
    expect(start.submit).toBe("Iniciar entrega");
    expect(list.heading).toBe("Entregas");
    expect(JSON.stringify([WORDS["pt-BR"], HISTORY_WORDS["pt-BR"]])).not.toMatch(/corrida/i);
    expect(messages({ key: "finished", title: "Primeiro" })).toBe("Primeiro finalizou!");
    expect(messages({ key: "alreadyAdded", title: "Primeiro" })).toBe(
      "Primeiro já adicionado, espere finalizar.",
    );
  });

  test("exist for every message in every language", () => {
    const keys = ["finished", "cancelled", "failed", "alreadyAdded", "answerLost", "answerLate"] as const;
    for (const language of LANGUAGES) {
      for (const key of keys) expect(WORDS[language].messages({ key, title: "X" })).toContain("X");
      const refused = { key: "refused", sentence: "As it is." } as const;
      expect(WORDS[language].messages({ ...refused, reason: null })).toBe("As it is.");
      for (const reason of REFUSALS)
        expect(WORDS[language].messages({ ...refused, reason })).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("follow the browser's preferences, and are Portuguese when it prefers neither", () => {
    expect(chooseLanguage(["en-GB", "pt-BR"])).toBe("en");
    expect(chooseLanguage(["pt-PT", "en"])).toBe("pt-BR");
    expect(chooseLanguage(["de", "en-US"])).toBe("en");
    expect(chooseLanguage(["de"])).toBe("pt-BR");
    expect(chooseLanguage([])).toBe("pt-BR");
  });
});
