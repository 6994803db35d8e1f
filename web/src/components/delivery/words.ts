// The texts of a delivery's own page, in the page's language.

import { useContext } from "react";
import { DELIVERY_WORDS, type DeliveryWords } from "../../i18n-delivery";
import { LanguageContext } from "../language";

export function useDeliveryWords(): DeliveryWords {
  return DELIVERY_WORDS[useContext(LanguageContext)];
}
