import { formatMoment } from "../../format";
import { isolate } from "../../names";
import { partsOf, type Inbox, type Mark } from "../../purchases/inbox";
import { hrefOf } from "../../purchases/kin";
import type { Notice } from "../../purchases/shapes";
import { useLanguage } from "../language";
import styles from "./Bell.module.css";
import { usePurchasesWords } from "./words";

interface Props {
  inbox: Inbox;
  onMark: (id: string, mark: Mark) => void;
  /** A link was followed. */
  onLeave: () => void;
}

/** The notifications, those that were cancelled apart. */
export function NoticeList({ inbox, onMark, onLeave }: Props) {
  const words = usePurchasesWords();
  const { notices, health, problem } = inbox;
  const { standing, canceled } = partsOf(inbox);
  const sentence =
    problem !== null
      ? words.bell.notMarked(problem)
      : health === "away"
        ? words.bell.away
        : notices === null
          ? words.bell.loading
          : notices.length === 0
            ? words.bell.empty
            : "";
  return (
    <>
      <p role="status" className={styles.said}>
        {sentence}
      </p>
      <ul className={styles.list}>
        {standing.map((notice) => (
          <li key={notice.id} data-notice-id={notice.id} data-read={notice.readAt !== null}>
            <NoticeText notice={notice} onLeave={onLeave} />
            <MarkButton notice={notice} onMark={onMark} />
          </li>
        ))}
      </ul>
      {canceled.length > 0 && (
        <>
          <h3>{words.bell.canceled}</h3>
          <ul className={styles.list}>
            {canceled.map((notice) => (
              <li key={notice.id} data-notice-id={notice.id} data-canceled>
                <NoticeText notice={notice} onLeave={onLeave} />
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

function NoticeText({ notice, onLeave }: { notice: Notice; onLeave: () => void }) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const href = hrefOf(notice);
  const { content, createdAt, readAt, canceledAt } = notice;
  return (
    <div className={styles.text}>
      <p>
        {canceledAt === null ? (
          <bdi>{content}</bdi>
        ) : (
          <s>
            <bdi>{content}</bdi>
          </s>
        )}
      </p>
      {canceledAt === null && readAt === null && <strong>{words.bell.unread}</strong>}
      <time dateTime={new Date(createdAt).toISOString()}>{formatMoment(createdAt, language)}</time>
      {href !== null && (
        <a href={href} aria-label={`${words.bell.open}: ${isolate(content)}`} onClick={onLeave}>
          {words.bell.open}
        </a>
      )}
    </div>
  );
}

function MarkButton({ notice, onMark }: { notice: Notice; onMark: Props["onMark"] }) {
  const words = usePurchasesWords();
  const { id, content, readAt } = notice;
  const isUnread = readAt === null;
  const label = isUnread ? words.bell.markRead : words.bell.markUnread;
  return (
    <button
      type="button"
      className={styles.mark}
      aria-label={`${label}: ${isolate(content)}`}
      onClick={() => {
        onMark(id, isUnread ? "read" : "unread");
      }}
    >
      {label}
    </button>
  );
}
