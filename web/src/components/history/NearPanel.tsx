import { useState, type SubmitEvent } from "react";
import { formatLength } from "../../format";
import { RADII, DEFAULT_RADIUS, readPoint, type SearchArea, type HistoryParams } from "../../history/address";
import { nearPath, type Query } from "../../history/query";
import { readNear } from "../../history/shapes";
import { useHistoryWords, useLanguage } from "../language";
import { updateHistory } from "../use-address";
import { useFetched } from "../use-fetched";
import styles from "./HistoryView.module.css";
import near from "./NearPanel.module.css";
import { PassageRow } from "./PassageRow";
import list from "./PastList.module.css";
import { ProblemNote } from "./ProblemNote";

interface Props {
  query: Query;
  params: HistoryParams;
  revision: number;
  onRetry: () => void;
}

/** Deliveries that passed near a place, chosen on the map or by its coordinates. */
export function NearPanel({ query, params, revision, onRetry }: Props) {
  const words = useHistoryWords().near;
  return (
    <>
      <p className={near.hint}>{words.hint}</p>
      <PlaceForm searchArea={params.searchArea} />
      {params.searchArea !== null && (
        <Passages
          query={query}
          params={params}
          searchArea={params.searchArea}
          revision={revision}
          onRetry={onRetry}
        />
      )}
    </>
  );
}

function PlaceForm({ searchArea }: { searchArea: SearchArea | null }) {
  const { language } = useLanguage();
  const words = useHistoryWords().near;
  const [lng, setLng] = useState(() => degrees(searchArea?.point[0]));
  const [lat, setLat] = useState(() => degrees(searchArea?.point[1]));
  const [radius, setRadius] = useState(searchArea?.radius ?? DEFAULT_RADIUS);
  const [invalid, setInvalid] = useState(false);
  const [shown, setShown] = useState(searchArea);
  if (searchArea !== shown) {
    setShown(searchArea);
    setLng(degrees(searchArea?.point[0]));
    setLat(degrees(searchArea?.point[1]));
    setInvalid(false);
    if (searchArea !== null) setRadius(searchArea.radius);
  }
  const radii = [...new Set<number>([...RADII, radius])].toSorted((a, b) => a - b);

  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const point = readPoint(lng, lat);
    setInvalid(point === null);
    if (point !== null) updateHistory({ searchArea: { point, radius } });
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
            if (searchArea !== null) updateHistory({ searchArea: { ...searchArea, radius: chosen } });
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
      {searchArea !== null && (
        <button
          type="button"
          onClick={() => {
            updateHistory({ searchArea: null });
          }}
        >
          {words.clear}
        </button>
      )}
      {invalid && <p role="alert">{words.invalid}</p>}
    </form>
  );
}

function Passages({ query, params, searchArea, revision, onRetry }: Props & { searchArea: SearchArea }) {
  const { language } = useLanguage();
  const words = useHistoryWords();
  const { value, problem, status } = useFetched(nearPath(query, searchArea), readNear, revision);
  const radius = formatLength(searchArea.radius, language);
  if (problem !== null) return <ProblemNote problem={problem} onRetry={onRetry} />;
  if (value === null) return <p className={styles.note}>{words.loading}</p>;
  const { deliveries, truncated } = value;
  return (
    <div aria-busy={status === "loading"} data-passages={deliveries.length}>
      <p role="status" className={near.found}>
        {deliveries.length === 0 ? words.near.empty(radius) : words.near.found(deliveries.length, radius)}
      </p>
      <ul className={list.list}>
        {deliveries.map((passage) => (
          <PassageRow key={passage.deliveryId} passage={passage} params={params} />
        ))}
      </ul>
      {truncated && <p className={styles.note}>{words.near.truncated}</p>}
    </div>
  );
}

function degrees(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(5);
}
