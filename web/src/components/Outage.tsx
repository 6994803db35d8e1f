import { formatDuration } from "../format";
import { outageOf } from "../freshness";
import type { Session } from "../session";
import { useLanguage } from "./language";
import styles from "./Outage.module.css";
import { useNow } from "./use-now";
import { usePart } from "./use-session";

/** Says why nothing new arrives, and when the page tries again. */
export function Outage({ session }: { session: Session }) {
  const { words } = useLanguage();
  const now = useNow();
  const outage = usePart(session, (state) => outageOf(state, now));
  const retries = outage !== null && outage !== "kafka" && outage !== "silent";
  return (
    <div className={styles.outage} data-outage={outage}>
      <div role="alert">{outage !== null && <p>{words.outages[outage]}</p>}</div>
      {retries && <NextAttempt session={session} now={now} />}
    </div>
  );
}

/** Outside of the alert, which would be read out every second. */
function NextAttempt({ session, now }: { session: Session; now: number }) {
  const { words, language } = useLanguage();
  const left = usePart(session, (state) => state.nextAttemptAt) - now;
  return (
    <p>
      <button
        type="button"
        onClick={() => {
          session.retryNow();
        }}
      >
        {words.attemptNow}
      </button>
      {left >= 1000 ? words.nextAttempt(formatDuration(left, language)) : words.attempting}
    </p>
  );
}
