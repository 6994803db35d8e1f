import { LANGUAGES, type Language } from "../i18n";
import type { Session } from "../session";
import { useLanguage } from "./language";
import styles from "./TopBar.module.css";
import { usePart } from "./use-session";
import { VehicleIcon } from "./VehicleIcon";

interface Props {
  session: Session;
  language: Language;
  onLanguage: (language: Language) => void;
}

export function TopBar({ session, language, onLanguage }: Props) {
  const { words } = useLanguage();
  const connection = usePart(session, (state) => state.connection);
  return (
    <header className={styles.bar}>
      <span className={styles.logo}>
        <VehicleIcon vehicle="car" />
      </span>
      <h1 className={styles.name}>Code Delivery</h1>
      <p role="status" className={styles.connection} data-connection={connection}>
        {words.connection[connection]}
      </p>
      <div role="group" aria-label={words.language} className={styles.languages}>
        {LANGUAGES.map((each) => (
          <button
            key={each}
            type="button"
            lang={each}
            aria-pressed={each === language}
            onClick={() => {
              onLanguage(each);
            }}
          >
            {each === "pt-BR" ? "PT" : "EN"}
          </button>
        ))}
      </div>
    </header>
  );
}
