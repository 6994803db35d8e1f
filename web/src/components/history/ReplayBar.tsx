import { useSyncExternalStore, type KeyboardEvent, type RefObject } from "react";
import { formatClockWithSeconds, formatDuration, formatDay, formatPercent, formatSpeed } from "../../format";
import { SPEEDS } from "../../history/playback";
import type { Player, PlayerState } from "../../history/player";
import type { PastDelivery } from "../../history/shapes";
import { detailsOf, nameOf } from "../../names";
import { spanOf, positionAt } from "../../history/tape";
import { useHistoryWords, useLanguage } from "../language";
import { updateHistory } from "../use-address";
import { Details } from "../Details";
import { RadioGroup } from "./RadioGroup";
import styles from "./ReplayBar.module.css";

interface Props {
  ref: RefObject<HTMLDivElement | null>;
  player: Player;
  deliveryId: string;
  /** Null: not loaded, or unknown. */
  details: PastDelivery | null;
}

/** The arrow keys seek by this many milliseconds, the page keys by this fraction of the replay. */
const STEP = 5_000;
const PAGE_STEP = 0.1;

/** Play, pause, speed and seek, by mouse, touch or keyboard. */
export function ReplayBar({ ref, player, deliveryId, details }: Props) {
  const { words: common } = useLanguage();
  const words = useHistoryWords().replay;
  const called = details === null ? deliveryId : common.delivery(nameOf(details));
  const state = useSyncExternalStore(player.subscribe, () => player.shown);
  const span = spanOf(state.tape);
  const kinds: Record<string, string> = common.vehicles;
  return (
    <section
      ref={ref}
      className={styles.bar}
      aria-label={words.label(called)}
      data-replay-state={replayState(state)}
      data-replay-positions={state.tape.frames.length}
    >
      <div className={styles.head}>
        <strong dir="auto">{details === null ? deliveryId : nameOf(details).who}</strong>
        {details !== null && (
          <span>
            <Details of={detailsOf(details, kinds[details.vehicle] ?? details.vehicle)} />
          </span>
        )}
        <button
          type="button"
          title={words.close}
          aria-label={words.close}
          onClick={() => {
            updateHistory({ replay: null, from: null });
          }}
        >
          ✕
        </button>
      </div>
      {span === null ? <Absent state={state} /> : <Controls player={player} state={state} span={span} />}
    </section>
  );
}

/** Shown while there is nothing to play: still loading, empty, or failed. */
function Absent({ state }: { state: PlayerState }) {
  const words = useHistoryWords();
  const { problem } = state;
  if (problem !== null) {
    return (
      <p role="status" data-problem={problem.kind}>
        {problem.kind === "refused" ? words.refused(problem.reason) : words[problem.kind]}
      </p>
    );
  }
  return <p role="status">{state.complete ? words.replay.empty : words.replay.loading}</p>;
}

interface ControlsProps {
  player: Player;
  state: PlayerState;
  span: { first: number; last: number };
}

function Controls({ player, state, span }: ControlsProps) {
  const { language } = useLanguage();
  const words = useHistoryWords().replay;
  const { at, playing, speed } = state.playback;
  const label = playing ? words.pause : words.play;
  const elapsed = formatDuration(at - span.first, language);
  const total = formatDuration(span.last - span.first, language);
  const position = positionAt(state.tape, at);
  const press = (event: KeyboardEvent) => {
    const pageStep = Math.max(STEP, (span.last - span.first) * PAGE_STEP);
    const delta = {
      ArrowRight: STEP,
      ArrowUp: STEP,
      ArrowLeft: -STEP,
      ArrowDown: -STEP,
      PageUp: pageStep,
      PageDown: -pageStep,
      Home: -Infinity,
      End: Infinity,
    }[event.key];
    if (delta === undefined) return;
    event.preventDefault();
    player.seek(at + delta);
  };
  const notes = [
    ...(state.complete ? [] : [words.loadingRest]),
    ...(state.problem === null ? [] : [words.incomplete]),
    ...(state.truncated ? [words.truncated] : []),
  ];

  return (
    <>
      <div className={styles.controls}>
        <button
          type="button"
          className={styles.play}
          data-playing={playing}
          title={label}
          aria-label={label}
          onClick={() => {
            player.toggle();
          }}
        >
          <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true" fill="currentColor">
            <path d={playing ? "M6 5h4v14H6zm8 0h4v14h-4z" : "M8 5v14l11-7z"} />
          </svg>
        </button>
        <input
          type="range"
          aria-label={words.position}
          aria-valuetext={words.at(formatClockWithSeconds(at, language), elapsed, total)}
          min={0}
          max={Math.max(1, span.last - span.first)}
          step={1}
          value={Math.round(at - span.first)}
          onKeyDown={press}
          onChange={(event) => {
            player.seek(span.first + Number(event.target.value));
          }}
        />
        <RadioGroup
          label={words.speed}
          name="replay-speed"
          options={SPEEDS}
          chosen={speed}
          onChoose={(each) => {
            player.setSpeed(each);
          }}
          text={(each) => `${each}×`}
          className={styles.speeds}
        />
      </div>
      <p className={styles.facts}>
        <time dateTime={new Date(at).toISOString()}>
          {formatDay(at, language)} · {formatClockWithSeconds(at, language)}
        </time>
        <span>
          {elapsed} / {total}
        </span>
        {position !== null && <span>{formatSpeed(position.speed, language)}</span>}
        {position !== null && <span>{formatPercent(position.progress, language)}</span>}
        {notes.length > 0 && <span role="status">{notes.join(" ")}</span>}
      </p>
    </>
  );
}

function replayState({ tape, complete, problem, playback }: PlayerState): string {
  if (tape.frames.length === 0) return problem !== null ? "failed" : complete ? "empty" : "loading";
  return playback.playing ? "playing" : "paused";
}
