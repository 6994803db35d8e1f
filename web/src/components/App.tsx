import { useEffect, useState } from "react";
import type { Language } from "../i18n";
import type { Session } from "../session";
import styles from "./App.module.css";
import { HistoryView } from "./history/HistoryView";
import { initialLanguage, LanguageContext, rememberLanguage } from "./language";
import { LiveView } from "./LiveView";
import { Messages } from "./Messages";
import { Outage } from "./Outage";
import { TopBar } from "./TopBar";
import { useAddress } from "./use-address";

export function App({ session }: { session: Session }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);
  const params = useAddress();

  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);

  return (
    <LanguageContext value={language}>
      <div className={styles.page} data-view={params === null ? "live" : "history"}>
        <TopBar session={session} params={params} language={language} onLanguage={setLanguage} />
        <Outage session={session} />
        {params === null ? <LiveView session={session} /> : <HistoryView session={session} params={params} />}
        <Messages session={session} />
      </div>
    </LanguageContext>
  );
}
