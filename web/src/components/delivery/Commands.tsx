import { useEffect, useRef, useState } from "react";
import { COMMANDS, commandsOf } from "../../delivery/commands";
import type { DeliveryDetails } from "../../protocol";
import styles from "./DeliveryPage.module.css";
import { useDeliveryWords } from "./words";

/** How long a button says that it has done its work, milliseconds. */
const SAID_FOR = 2_500;

/** Commands to copy into a terminal. */
export function Commands({ delivery }: { delivery: DeliveryDetails }) {
  const words = useDeliveryWords();
  const commands = commandsOf(delivery);
  return (
    <ul className={styles.commands}>
      {COMMANDS.map((key) => (
        <li key={key} data-command={key}>
          <span>{words.commandTitles[key]}</span>
          <Command title={words.commandTitles[key]} text={commands[key]} />
        </li>
      ))}
    </ul>
  );
}

function Command({ title, text }: { title: string; text: string }) {
  const words = useDeliveryWords();
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState<"copied" | "selected" | null>(null);

  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SAID_FOR);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("copied");
    } catch {
      // Pages over plain HTTP have no clipboard: the user's own shortcut works everywhere.
      if (code.current !== null) getSelection()?.selectAllChildren(code.current);
      setSaid("selected");
    }
  };

  return (
    <div className={styles.command}>
      <code ref={code} dir="ltr">
        {text}
      </code>
      <button
        type="button"
        aria-label={words.copy(title)}
        onClick={() => {
          void copy();
        }}
      >
        <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" fill="currentColor">
          <path d="M8 3h11v14h-2V5H8zM5 7h10v14H5z" />
        </svg>
      </button>
      <span role="status">{said === null ? "" : words[said]}</span>
    </div>
  );
}
