import { useEffect, useState } from "react";
import type { Language } from "../i18n";
import type { Session } from "../session";
import styles from "./App.module.css";
import { DeliveryList } from "./DeliveryList";
import { initialLanguage, LanguageContext, rememberLanguage } from "./language";
import { MapView } from "./MapView";
import { Messages } from "./Messages";
import { Outage } from "./Outage";
import { Sheet } from "./Sheet";
import { StartForm } from "./StartForm";
import { TopBar } from "./TopBar";

export function App({ session }: { session: Session }) {
  const [language, setLanguage] = useState<Language>(initialLanguage);

  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);

  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      // In a dialog or an opened select, Escape is theirs.
      const target = event.target instanceof Element ? event.target.closest("dialog, select") : null;
      if (event.key === "Escape" && target === null) session.follow(null);
    };
    document.addEventListener("keydown", leave);
    return () => {
      document.removeEventListener("keydown", leave);
    };
  }, [session]);

  return (
    <LanguageContext value={language}>
      <div className={styles.page}>
        <TopBar session={session} language={language} onLanguage={setLanguage} />
        <Outage session={session} />
        <Sheet>
          <StartForm session={session} />
          <DeliveryList session={session} />
        </Sheet>
        <MapView session={session} />
        <Messages session={session} />
      </div>
    </LanguageContext>
  );
}
