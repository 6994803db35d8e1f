// The language of the page, for every component below it.

import { createContext, useContext } from "react";
import { LANGUAGES, WORDS, chooseLanguage, type Language, type Words } from "../i18n";
import { HISTORY_WORDS, type HistoryWords } from "../i18n-history";

const KEY = "code-delivery.language";

export const LanguageContext = createContext<Language>("pt-BR");

export function useLanguage(): { language: Language; words: Words } {
  const language = useContext(LanguageContext);
  return { language, words: WORDS[language] };
}

/** The texts of the history view. */
export function useHistoryWords(): HistoryWords {
  return HISTORY_WORDS[useContext(LanguageContext)];
}

/** The language chosen before, or the browser's preference. */
export function initialLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage is blocked: use the browser's preference.
  }
  return LANGUAGES.find((language) => language === chosen) ?? chooseLanguage(navigator.languages);
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Storage is blocked: the choice lasts until the next load.
  }
}
