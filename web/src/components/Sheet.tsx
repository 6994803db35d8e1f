import { useState, type ReactNode } from "react";
import { useLanguage } from "./language";
import styles from "./Sheet.module.css";

/** The panel beside the map; on a phone, a collapsible sheet below it. */
export function Sheet({ children }: { children: ReactNode }) {
  const { words } = useLanguage();
  const [open, setOpen] = useState(true);
  return (
    <aside className={styles.sheet} data-open={open}>
      <button
        type="button"
        className={styles.handle}
        aria-expanded={open}
        aria-controls="panel"
        aria-label={open ? words.panel.collapse : words.panel.expand}
        onClick={() => {
          setOpen(!open);
        }}
      />
      <div id="panel" className={styles.content}>
        {children}
      </div>
    </aside>
  );
}
