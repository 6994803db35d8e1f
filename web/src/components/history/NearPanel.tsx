import { useState, type SubmitEvent } from "react";
import { formatLength } from "../../format";
import { RADII, USUAL_RADIUS, readPoint, type Around, type Past } from "../../history/address";
import { nearPath, type Query } from "../../history/query";
import { readNear } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import { lookBack } from "../use-address";
import { useAnswer } from "../use-answer";
import styles from "./HistoryView.module.css";
import near from "./NearPanel.module.css";
import { PassageRow } from "./PassageRow";
import list from "./PastList.module.css";
import { Trouble } from "./Trouble";

interface Props {
  query: Query;
  past: Past;
  turn: number;
  onAgain: () => void;
}

/** What passed at a place: chosen on the map, or by its coordinates. */
export function NearPanel({ query, past, turn, onAgain }: Props) {
  const words = useHistoryWords().near;
  return (
    <>
      <p className={near.hint}>{words.hint}</p>
      <PlaceForm around={past.around} />
      {past.around !== null && (
        <Passages query={query} past={past} around={past.around} turn={turn} onAgain={onAgain} />
      )}
    </>
  );
}

function PlaceForm({ around }: { around: Around | null }) {
  const { language } = useLanguage();
  const words = useHistoryWords().near;
  const [lng, setLng] = useState(() => degrees(around?.point[0]));
  const [lat, setLat] = useState(() => degrees(around?.point[1]));
  const [radius, setRadius] = useState(around?.radius ?? USUAL_RADIUS);
  const [invalid, setInvalid] = useState(false);
  const [shown, setShown] = useState(around);
  if (around !== shown) {
    setShown(around);
    setLng(degrees(around?.point[0]));
    setLat(degrees(around?.point[1]));
    setInvalid(false);
    if (around !== null) setRadius(around.radius);
  }
  const radii = [...new Set<number>([...RADII, radius])].toSorted((a, b) => a - b);

  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const point = readPoint(lng, lat);
    setInvalid(point === null);
    if (point !== null) lookBack({ around: { point, radius } });
  };

  return (
    <form className={near.form} onSubmit={search}>
      <label>
        <span>{words.longitude}</span>
        <input
          name="longitude"
          inputMode="text"
          autoComplete="off"
          value={lng}
          onChange={(event) => {
            setLng(event.target.value);
          }}
        />
      </label>
      <label>
        <span>{words.latitude}</span>
        <input
          name="latitude"
          inputMode="text"
          autoComplete="off"
          value={lat}
          onChange={(event) => {
            setLat(event.target.value);
          }}
        />
      </label>
      <label>
        <span>{words.radius}</span>
        <select
          name="radius"
          value={radius}
          onChange={(event) => {
            const chosen = Number(event.target.value);
            setRadius(chosen);
            if (around !== null) lookBack({ around: { ...around, radius: chosen } });
          }}
        >
          {radii.map((each) => (
            <option key={each} value={each}>
              {formatLength(each, language)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">{words.submit}</button>
      {around !== null && (
        <button
          type="button"
          onClick={() => {
            lookBack({ around: null });
          }}
        >
          {words.clear}
        </button>
      )}
      {invalid && <p role="alert">{words.invalid}</p>}
    </form>
  );
}

function Passages({ query, past, around, turn, onAgain }: Props & { around: Around }) {
  const { language } = useLanguage();
  const words = useHistoryWords();
  const { value, problem, status } = useAnswer(nearPath(query, around), readNear, turn);
  const radius = formatLength(around.radius, language);
  if (problem !== null) return <Trouble problem={problem} onAgain={onAgain} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  const { deliveries, truncated } = value;
  return (
    <div aria-busy={status === "loading"} data-passages={deliveries.length}>
      <p role="status" className={near.found}>
        {deliveries.length === 0 ? words.near.empty(radius) : words.near.found(deliveries.length, radius)}
      </p>
      <ul className={list.list}>
        {deliveries.map((passage) => (
          <PassageRow key={passage.deliveryId} passage={passage} past={past} />
        ))}
      </ul>
      {truncated && <p className={styles.note}>{words.near.truncated}</p>}
    </div>
  );
}

function degrees(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(5);
}
