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

/** The words of the view that looks back. */
export function useHistoryWords(): HistoryWords {
  return HISTORY_WORDS[useContext(LanguageContext)];
}

/** What was chosen here before, or what the browser asks for. */
export function initialLanguage(): Language {
  let chosen: string | null = null;
  try {
    chosen = localStorage.getItem(KEY);
  } catch {
    // Storage is forbidden: the browser's wish, then.
  }
  return LANGUAGES.find((language) => language === chosen) ?? chooseLanguage(navigator.languages);
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // Asked again the next time.
  }
}
