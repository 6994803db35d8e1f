import type { Session } from "../session";
import { useLanguage } from "./language";
import styles from "./Messages.module.css";
import { usePart } from "./use-session";

export function Messages({ session }: { session: Session }) {
  const { words } = useLanguage();
  const messages = usePart(session, (state) => state.messages);
  return (
    <div className={styles.messages} aria-live="polite" aria-relevant="additions">
      {messages.map((message) => (
        <div key={message.id} className={styles.message} data-tone={message.tone}>
          <p>{words.messages(message.text)}</p>
          <button
            type="button"
            aria-label={words.dismiss}
            onClick={() => {
              session.dismiss(message.id);
            }}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
