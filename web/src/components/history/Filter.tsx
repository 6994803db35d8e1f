import { useState, type SubmitEvent } from "react";
import type { Past } from "../../history/address";
import { PRESETS, isPreset, readOwnRange, toLocal, type Interval } from "../../history/range";
import type { CourierCount } from "../../history/shapes";
import type { RouteSummary } from "../../protocol";
import { useHistoryWords } from "../language";
import { lookBack } from "../use-address";
import styles from "./Filter.module.css";

interface Props {
  past: Past;
  query: Interval;
  known: readonly RouteSummary[];
  couriers: readonly CourierCount[];
  onRefresh: () => void;
}

const LONGEST_COURIER = 100;

export function Filter({ past, query, known, couriers, onRefresh }: Props) {
  const words = useHistoryWords();
  const [opened, setOpened] = useState(false);
  const own = opened || !isPreset(past.range);
  const isKnown = known.some(({ id }) => id === past.route);

  return (
    <div className={styles.filter}>
      <div className={styles.range} role="radiogroup" aria-label={words.range.label}>
        {PRESETS.map((preset) => (
          <label key={preset}>
            <input
              type="radio"
              name="range"
              value={preset}
              checked={!own && past.range === preset}
              onChange={() => {
                setOpened(false);
                lookBack({ range: preset });
                onRefresh();
              }}
            />
            <span>{words.range.presets[preset]}</span>
          </label>
        ))}
        <label>
          <input
            type="radio"
            name="range"
            value="own"
            checked={own}
            onChange={() => {
              setOpened(true);
            }}
          />
          <span>{words.range.custom}</span>
        </label>
        <button
          type="button"
          className={styles.refresh}
          title={words.refresh}
          aria-label={words.refresh}
          onClick={onRefresh}
        >
          <svg
            viewBox="0 0 24 24"
            width="17"
            height="17"
            aria-hidden="true"
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
          >
            <path d="M20 12a8 8 0 1 1-2.300-5.700M20 3v4.500h-4.500" />
          </svg>
        </button>
      </div>
      {own && <OwnRange query={query} chosen={isPreset(past.range) ? null : past.range} />}
      <div className={styles.what}>
        <label>
          <span>{words.route}</span>
          <select
            name="history-route"
            value={past.route}
            onChange={(event) => {
              lookBack({ route: event.target.value });
            }}
          >
            <option value="">{words.allRoutes}</option>
            {past.route !== "" && !isKnown && <option value={past.route}>{past.route}</option>}
            {known.map((route) => (
              <option key={route.id} value={route.id}>
                {route.title}
              </option>
            ))}
          </select>
        </label>
        <Courier courier={past.courier} couriers={couriers} />
      </div>
    </div>
  );
}

/** Takes effect when it is left, or with Enter: each letter would be another question. */
function Courier({ courier, couriers }: { courier: string; couriers: readonly CourierCount[] }) {
  const words = useHistoryWords();
  const [text, setText] = useState(courier);
  const [shown, setShown] = useState(courier);
  if (courier !== shown) {
    setShown(courier);
    setText(courier);
  }
  const choose = () => {
    lookBack({ courier: text.trim() });
  };
  return (
    <label>
      <span>{words.courier}</span>
      <input
        name="history-courier"
        type="search"
        list="history-couriers"
        value={text}
        maxLength={LONGEST_COURIER}
        autoComplete="off"
        placeholder={words.allCouriers}
        onChange={(event) => {
          setText(event.target.value);
        }}
        onBlur={choose}
        onKeyDown={(event) => {
          if (event.key === "Enter") choose();
        }}
      />
      <datalist id="history-couriers">
        {couriers
          .filter((each) => each.courier !== "")
          .map((each) => (
            <option key={each.courier} value={each.courier} />
          ))}
      </datalist>
    </label>
  );
}

/** `chosen`: the range that is in force, if it is one of this form; else `query` is what it begins with. */
function OwnRange({ query, chosen }: { query: Interval; chosen: Interval | null }) {
  const words = useHistoryWords();
  const [since, setSince] = useState(() => toLocal(query.since));
  const [until, setUntil] = useState(() => toLocal(query.until));
  const [wrong, setWrong] = useState<"incomplete" | "reversed" | null>(null);
  const [shown, setShown] = useState(chosen);
  if (chosen !== null && (chosen.since !== shown?.since || chosen.until !== shown.until)) {
    setShown(chosen);
    setSince(toLocal(chosen.since));
    setUntil(toLocal(chosen.until));
  }

  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    const range = readOwnRange(since, until);
    if (typeof range === "string") {
      setWrong(range);
    } else {
      setWrong(null);
      lookBack({ range });
    }
  };

  return (
    <form className={styles.own} onSubmit={apply} noValidate>
      <label>
        <span>{words.range.since}</span>
        <input
          type="datetime-local"
          name="since"
          value={since}
          onChange={(event) => {
            setSince(event.target.value);
          }}
        />
      </label>
      <label>
        <span>{words.range.until}</span>
        <input
          type="datetime-local"
          name="until"
          value={until}
          onChange={(event) => {
            setUntil(event.target.value);
          }}
        />
      </label>
      <button type="submit">{words.range.apply}</button>
      {wrong !== null && <p role="alert">{words.range[wrong]}</p>}
    </form>
  );
}
