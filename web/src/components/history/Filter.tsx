import { useState, type SubmitEvent } from "react";
import type { HistoryParams } from "../../history/address";
import { PRESETS, isPreset, readCustomRange, toLocal, type Interval } from "../../history/range";
import type { CourierCount } from "../../history/shapes";
import type { RouteSummary } from "../../protocol";
import { useHistoryWords } from "../language";
import { updateHistory } from "../use-address";
import styles from "./Filter.module.css";

interface Props {
  params: HistoryParams;
  query: Interval;
  known: readonly RouteSummary[];
  couriers: readonly CourierCount[];
  onRefresh: () => void;
}

const MAX_COURIER_LENGTH = 100;

export function Filter({ params, query, known, couriers, onRefresh }: Props) {
  const words = useHistoryWords();
  const [opened, setOpened] = useState(false);
  const isCustom = opened || !isPreset(params.range);
  const isKnown = known.some(({ id }) => id === params.route);

  return (
    <div className={styles.filter}>
      <div className={styles.range} role="radiogroup" aria-label={words.range.label}>
        {PRESETS.map((preset) => (
          <label key={preset}>
            <input
              type="radio"
              name="range"
              value={preset}
              checked={!isCustom && params.range === preset}
              onChange={() => {
                setOpened(false);
                updateHistory({ range: preset });
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
            value="custom"
            checked={isCustom}
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
      {isCustom && <CustomRange query={query} chosen={isPreset(params.range) ? null : params.range} />}
      <div className={styles.what}>
        <label>
          <span>{words.route}</span>
          <select
            name="history-route"
            value={params.route}
            onChange={(event) => {
              updateHistory({ route: event.target.value });
            }}
          >
            <option value="">{words.allRoutes}</option>
            {params.route !== "" && !isKnown && <option value={params.route}>{params.route}</option>}
            {known.map((route) => (
              <option key={route.id} value={route.id}>
                {route.title}
              </option>
            ))}
          </select>
        </label>
        <Courier courier={params.courier} couriers={couriers} />
      </div>
    </div>
  );
}

/** Takes effect on blur or Enter, so that not every keystroke sends a query. */
function Courier({ courier, couriers }: { courier: string; couriers: readonly CourierCount[] }) {
  const words = useHistoryWords();
  const [text, setText] = useState(courier);
  const [shown, setShown] = useState(courier);
  if (courier !== shown) {
    setShown(courier);
    setText(courier);
  }
  const choose = () => {
    updateHistory({ courier: text.trim() });
  };
  return (
    <label>
      <span>{words.courier}</span>
      <input
        name="history-courier"
        type="search"
        dir="auto"
        list="history-couriers"
        value={text}
        maxLength={MAX_COURIER_LENGTH}
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

/** `chosen`: the current custom range, if there is one; otherwise the form starts with the range of `query`. */
function CustomRange({ query, chosen }: { query: Interval; chosen: Interval | null }) {
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
    const range = readCustomRange(since, until);
    if (typeof range === "string") {
      setWrong(range);
    } else {
      setWrong(null);
      updateHistory({ range });
    }
  };

  return (
    <form className={styles.custom} onSubmit={apply} noValidate>
      <DateField label={words.range.since} name="since" value={since} onChange={setSince} />
      <DateField label={words.range.until} name="until" value={until} onChange={setUntil} />
      <button type="submit">{words.range.apply}</button>
      {wrong !== null && <p role="alert">{words.range[wrong]}</p>}
    </form>
  );
}

interface DateFieldProps {
  label: string;
  name: string;
  value: string;
  onChange: (value: string) => void;
}

function DateField({ label, name, value, onChange }: DateFieldProps) {
  return (
    <label>
      <span>{label}</span>
      <input
        type="datetime-local"
        name={name}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </label>
  );
}
