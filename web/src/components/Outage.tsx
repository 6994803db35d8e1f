import type { Session } from "../session";
import { isStalled } from "../state";
import { useLanguage } from "./language";
import styles from "./Outage.module.css";
import { usePart } from "./use-session";

/** Explains why the map is frozen although the connection to the gateway is open. */
export function Outage({ session }: { session: Session }) {
  const { words } = useLanguage();
  const stalled = usePart(session, isStalled);
  return (
    <div role="alert" className={styles.outage}>
      {stalled && <p>{words.kafkaDown}</p>}
    </div>
  );
}
