import { useLanguage } from "./language";
import styles from "./SkipLinks.module.css";
import type { View } from "./TopBar";

/** Where each leads: the first of these that is there and can have the focus. */
const TARGETS = {
  list: ["[data-rows] [data-row][tabindex='0']", "[name=search]", "aside h2"],
  map: ["main canvas", "main"],
  content: ["main"],
} as const;

/**
 * What the Tab key reaches first: past the bar and the form to the list, the map, or the page. Buttons, because the address of a
 * link would be that of another view.
 */
export function SkipLinks({ view }: { view: View }) {
  const { words } = useLanguage();
  const targets = view === "live" ? (["list", "map"] as const) : (["content"] as const);
  return (
    <div className={styles.links}>
      {targets.map((target) => (
        <button
          key={target}
          type="button"
          className={styles.link}
          data-skip={target}
          onClick={() => {
            skipTo(TARGETS[target]);
          }}
        >
          {words.skip[target]}
        </button>
      ))}
    </div>
  );
}

function skipTo(selectors: readonly string[]) {
  for (const selector of selectors) {
    const element = document.querySelector<HTMLElement>(selector);
    if (element === null) continue;
    // What is no control has the focus for once only.
    if (element.tabIndex < 0) element.tabIndex = -1;
    element.focus();
    return;
  }
}
