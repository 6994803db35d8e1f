// The texts of the purchases view and of the bell, in the page's language.

import { useContext } from "react";
import { PURCHASES_WORDS, type PurchasesWords } from "../../i18n-purchases";
import { LanguageContext } from "../language";

export function usePurchasesWords(): PurchasesWords {
  return PURCHASES_WORDS[useContext(LanguageContext)];
}
