import { DEFAULT_HISTORY, formatAddress, type Address } from "../history/address";
import { LANGUAGES, type Language } from "../i18n";
import type { Session } from "../session";
import { isStalled } from "../state";
import { useLanguage } from "./language";
import styles from "./TopBar.module.css";
import { usePart } from "./use-session";
import { VehicleIcon } from "./VehicleIcon";

interface Props {
  session: Session;
  params: Address;
  language: Language;
  onLanguage: (language: Language) => void;
}

export function TopBar({ session, params, language, onLanguage }: Props) {
  const { words } = useLanguage();
  const connection = usePart(session, (state) => state.connection);
  const stalled = usePart(session, isStalled);
  const conflated = usePart(session, (state) => state.conflated);
  const ignored = usePart(session, (state) => state.ignored);
  const problem = usePart(session, (state) => state.problem);
  const remarks = [
    ...(conflated > 0 ? [words.conflated(conflated)] : []),
    ...(ignored > 0 ? [words.ignored(ignored, problem)] : []),
  ];
  return (
    <header className={styles.bar}>
      <span className={styles.logo}>
        <VehicleIcon vehicle="car" />
      </span>
      <h1 className={styles.name}>Code Delivery</h1>
      <nav aria-label={words.views.label} className={styles.views}>
        <a href={formatAddress(null)} aria-current={params === null ? "page" : undefined}>
          {words.views.live}
        </a>
        <a href={formatAddress(DEFAULT_HISTORY)} aria-current={params === null ? undefined : "page"}>
          {words.views.history}
        </a>
      </nav>
      <p
        role="status"
        className={styles.connection}
        data-connection={connection}
        data-stalled={stalled}
        data-conflated={conflated}
        data-ignored={ignored}
        title={remarks.join(" ")}
      >
        {stalled ? words.stalled : words.connection[connection]}
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
