import { useEffect, useRef } from "react";
import { CHIPS, SORTS, type Chip, type Selection } from "../listing";
import { useLanguage } from "./language";
import styles from "./ListTools.module.css";
import { updateLive } from "./use-address";

interface Props {
  selection: Selection;
  counts: Record<Chip, number>;
}

/** Search, groups and order of the list; all of them are in the URL. */
export function ListTools({ selection, counts }: Props) {
  const { words } = useLanguage();
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof Element && event.target.closest("input, select, textarea, dialog") !== null;
      if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      search.current?.focus();
    };
    document.addEventListener("keydown", press);
    return () => {
      document.removeEventListener("keydown", press);
    };
  }, []);

  return (
    <div className={styles.tools} role="search">
      <input
        ref={search}
        type="search"
        name="search"
        dir="auto"
        autoComplete="off"
        aria-label={words.list.search}
        aria-keyshortcuts="/"
        placeholder={words.list.searchHint}
        value={selection.search}
        onChange={(event) => {
          updateLive({ search: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          // Only this; a second Escape stops following.
          event.stopPropagation();
          updateLive({ search: "" });
          event.currentTarget.blur();
        }}
      />
      <select
        name="sort"
        aria-label={words.list.sort}
        value={selection.sort}
        onChange={(event) => {
          updateLive({ sort: SORTS.find((sort) => sort === event.target.value) ?? "start" });
        }}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {words.list.sorts[sort]}
          </option>
        ))}
      </select>
      <div className={styles.chips} role="group" aria-label={words.list.groups}>
        {CHIPS.filter((chip) => counts[chip] > 0 || chip === selection.chip).map((chip) => (
          <button
            key={chip}
            type="button"
            data-chip={chip}
            aria-pressed={chip === selection.chip}
            onClick={() => {
              updateLive({ chip: chip === selection.chip ? null : chip });
            }}
          >
            {chip === "late" ? words.list.lateGroup : words.phases[chip]} <span>{counts[chip]}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
