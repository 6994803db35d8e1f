import type { KeyboardEvent } from "react";
import { TABS, type Tab } from "../../history/address";
import { useHistoryWords } from "../language";
import { updateHistory } from "../use-address";
import styles from "./Tabs.module.css";

export function Tabs({ chosen }: { chosen: Tab }) {
  const words = useHistoryWords();
  return (
    <div role="tablist" aria-label={words.label} className={styles.tabs} onKeyDown={moveTab}>
      {TABS.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`history-tab-${tab}`}
          aria-selected={tab === chosen}
          aria-controls="history-panel"
          tabIndex={tab === chosen ? 0 : -1}
          onClick={() => {
            updateHistory({ tab });
          }}
        >
          {words.tabs[tab]}
        </button>
      ))}
    </div>
  );
}

/** The arrow keys select the next tab, as in the ARIA tabs pattern. */
function moveTab(event: KeyboardEvent<HTMLDivElement>) {
  const tabs = [...event.currentTarget.querySelectorAll<HTMLButtonElement>("[role=tab]")];
  const index = tabs.findIndex((tab) => tab === event.target);
  const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (to === undefined || index < 0) return;
  event.preventDefault();
  const next = tabs[(to + tabs.length) % tabs.length];
  next?.focus();
  next?.click();
}
