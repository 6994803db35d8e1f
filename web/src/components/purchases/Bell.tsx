import {
  useEffect,
  useId,
  useRef,
  useState,
  useSyncExternalStore,
  type FocusEvent,
  type KeyboardEvent,
} from "react";
import { formatCount } from "../../format";
import { isolate } from "../../names";
import { InboxWatch } from "../../purchases/inbox-watch";
import type { Recipient } from "../../purchases/recipient";
import type { Relay } from "../../relay";
import { useLanguage } from "../language";
import styles from "./Bell.module.css";
import { NoticeList } from "./NoticeList";
import { usePurchasesWords } from "./words";

export interface BellProps {
  recipient: Recipient;
  relay: Relay;
}

/** A badge has room for so many. */
const MAX_COUNTED = 99;

/** The bell: how many notifications of a recipient are unread, and all of them when it is opened. */
export function Bell({ recipient, relay }: BellProps) {
  const { language } = useLanguage();
  const words = usePurchasesWords();
  const [watch] = useState(() => new InboxWatch(recipient.id, relay));
  const inbox = useSyncExternalStore(watch.subscribe, () => watch.inbox);
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const bell = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);
  const panelId = useId();
  const name = isolate(recipient.name);
  const { unread } = inbox;

  useEffect(() => {
    watch.start();
    return () => {
      watch.stop();
    };
  }, [watch]);

  useEffect(() => {
    watch.open(isOpen);
    if (!isOpen) return;
    panel.current?.focus();
    const press = ({ target }: PointerEvent) => {
      if (target instanceof Node && place.current?.contains(target) === false) setOpen(false);
    };
    document.addEventListener("pointerdown", press);
    return () => {
      document.removeEventListener("pointerdown", press);
    };
  }, [watch, isOpen]);

  const close = () => {
    setOpen(false);
    bell.current?.focus();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !isOpen) return;
    // Only this; a second Escape stops following.
    event.stopPropagation();
    close();
  };
  /** The focus went on to the page, and not to nothing, as it does when the window loses it. */
  const leave = ({ relatedTarget, currentTarget }: FocusEvent) => {
    if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) setOpen(false);
  };

  // Nobody here has notifications to read.
  if (inbox.health === "absent") return null;
  return (
    <div ref={place} className={styles.bell} onKeyDown={press} onBlur={leave} data-unread={unread}>
      <button
        ref={bell}
        type="button"
        aria-expanded={isOpen}
        aria-controls={isOpen ? panelId : undefined}
        aria-label={words.bell.label(name, unread)}
        title={words.bell.label(name, unread)}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="currentColor">
          <path d="M12 2.500a1.500 1.500 0 0 0-1.500 1.500v.7A6 6 0 0 0 6 10.500V15l-2 2.500V18.500h16V17.500L18 15v-4.500a6 6 0 0 0-4.500-5.800V4A1.500 1.500 0 0 0 12 2.500M9.700 19.700a2.400 2.400 0 0 0 4.600 0z" />
        </svg>
        {unread !== null && unread > 0 && (
          <span className={styles.count} aria-hidden="true">
            {unread > MAX_COUNTED ? `${formatCount(MAX_COUNTED, language)}+` : formatCount(unread, language)}
          </span>
        )}
      </button>
      {isOpen && (
        <section
          ref={panel}
          id={panelId}
          className={styles.panel}
          tabIndex={-1}
          aria-label={words.bell.heading(name)}
          data-bell-panel
        >
          <div className={styles.head}>
            <h2>{words.bell.heading(name)}</h2>
            <button type="button" aria-label={words.bell.close} title={words.bell.close} onClick={close}>
              ✕
            </button>
          </div>
          <NoticeList
            inbox={inbox}
            onMark={(id, mark) => {
              void watch.mark(id, mark);
            }}
            onLeave={() => {
              setOpen(false);
            }}
          />
        </section>
      )}
    </div>
  );
}
