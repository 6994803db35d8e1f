import { useEffect, useState } from "react";
import type { Language } from "../i18n";
import type { Session } from "../session";
import styles from "./App.module.css";
import { DeliveryPage } from "./delivery/DeliveryPage";
import { HistoryView } from "./history/HistoryView";
import { initialLanguage, LanguageContext, rememberLanguage } from "./language";
import { LiveView } from "./LiveView";
import { Messages } from "./Messages";
import { Outage } from "./Outage";
import { PurchasesPage } from "./purchases/PurchasesPage";
import { SkipLinks } from "./SkipLinks";
import { TopBar, type View } from "./TopBar";
import { useAddress, useDeliveryAddress, usePurchasesAddress } from "./use-address";

export function App({ session }: { session: Session }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const params = useAddress();
  const delivery = useDeliveryAddress();
  const isPurchases = usePurchasesAddress();
  const view: View =
    delivery !== null ? "delivery" : params !== null ? "history" : isPurchases ? "purchases" : "live";

  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);

  return (
    <LanguageContext value={language}>
      <div className={styles.page} data-view={view}>
        <SkipLinks view={view} />
        <TopBar session={session} view={view} language={language} onLanguage={setLanguage} />
        <Outage session={session} />
        {delivery !== null ? (
          <DeliveryPage session={session} address={delivery} />
        ) : params !== null ? (
          <HistoryView session={session} params={params} />
        ) : isPurchases ? (
          <PurchasesPage session={session} />
        ) : (
          <LiveView session={session} />
        )}
        <Messages session={session} />
      </div>
    </LanguageContext>
  );
}
