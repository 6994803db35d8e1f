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
  const past = useAddress();

  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);

  return (
    <LanguageContext value={language}>
      <div className={styles.page} data-view={past === null ? "live" : "history"}>
        <TopBar session={session} past={past} language={language} onLanguage={setLanguage} />
        <Outage session={session} />
        {past === null ? <LiveView session={session} /> : <HistoryView session={session} past={past} />}
        <Messages session={session} />
      </div>
    </LanguageContext>
  );
}
