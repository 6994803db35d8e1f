import { DEFAULT_HISTORY, formatAddress } from "../history/address";
import { LANGUAGES, type Language } from "../i18n";
import { PURCHASES_ADDRESS } from "../purchases/address";
import type { Session } from "../session";
import { isStalled } from "../state";
import { useLanguage } from "./language";
import { BellPlace } from "./purchases/BellPlace";
import { useAvailability } from "./purchases/use-stores";
import styles from "./TopBar.module.css";
import { usePart } from "./use-session";
import { VehicleIcon } from "./VehicleIcon";

export type View = "live" | "history" | "delivery" | "purchases";

interface Props {
  session: Session;
  view: View;
  language: Language;
  onLanguage: (language: Language) => void;
}

export function TopBar({ session, view, language, onLanguage }: Props) {
  const { words } = useLanguage();
  const connection = usePart(session, (state) => state.connection);
  const stalled = usePart(session, isStalled);
  const polling = usePart(session, (state) => state.polling);
  const conflated = usePart(session, (state) => state.conflated);
  const ignored = usePart(session, (state) => state.ignored);
  const problem = usePart(session, (state) => state.problem);
  const isSold = useAvailability() === "present";
  const remarks = [
    ...(conflated > 0 ? [words.conflated(conflated)] : []),
    ...(ignored > 0 ? [words.ignored(ignored, problem)] : []),
  ];
  return (
    <header className={styles.bar} data-sold={isSold}>
      <span className={styles.logo}>
        <VehicleIcon vehicle="car" />
      </span>
      <h1 className={styles.name}>Code Delivery</h1>
      <nav aria-label={words.views.label} className={styles.views}>
        <a href={formatAddress(null)} aria-current={view === "live" ? "page" : undefined}>
          {words.views.live}
        </a>
        <a href={formatAddress(DEFAULT_HISTORY)} aria-current={view === "history" ? "page" : undefined}>
          {words.views.history}
        </a>
        {isSold && (
          <a href={PURCHASES_ADDRESS} aria-current={view === "purchases" ? "page" : undefined}>
            {words.views.purchases}
          </a>
        )}
      </nav>
      <p
        role="status"
        className={styles.connection}
        data-connection={connection}
        data-stalled={stalled}
        data-polling={polling}
        data-conflated={conflated}
        data-ignored={ignored}
        title={remarks.join(" ")}
      >
        {stalled ? words.stalled : polling ? words.polling : words.connection[connection]}
      </p>
      <BellPlace relay={session.relay} />
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
