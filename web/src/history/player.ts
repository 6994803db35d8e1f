// Replays a delivery: owns the clock and the loading. The logic is in `tape.ts` and `playback.ts`.

import { HistoryError, type Problem } from "./client";
import { loadTape, type LoadProgress } from "./load-tape";
import { advance, seek, toggle, type PlayableRange, type Playback, type Speed } from "./playback";
import { EMPTY_TAPE, spanOf } from "./tape";

export interface PlayerState extends LoadProgress {
  playback: Playback;
  problem: Problem | null;
}

/** Limits the jump when a background page becomes visible again, milliseconds. */
const MAX_FRAME_TIME = 250;
/** How often the slider and the clock are updated, milliseconds; the map is drawn at every frame. */
const PUBLISH_INTERVAL = 100;

export class Player {
  #state: PlayerState;
  /** The state last published to subscribers. */
  #shown: PlayerState;
  readonly #deliveryId: string;
  /** When to start, once that part is loaded. */
  #from: number | null;
  readonly #listeners = new Set<() => void>();
  readonly #drawings = new Set<(state: PlayerState) => void>();
  #gone = new AbortController();
  #frame: number | null = null;
  #frameAt = 0;
  #shownAt = 0;

  /** `from`: starts at that time (null: at the first position); `playing`: starts as soon as positions are loaded. */
  constructor(deliveryId: string, from: number | null, playing: boolean) {
    this.#deliveryId = deliveryId;
    this.#from = from;
    this.#state = {
      tape: EMPTY_TAPE,
      complete: false,
      truncated: false,
      playback: { at: 0, playing, speed: 5 },
      problem: null,
    };
    this.#shown = this.#state;
  }

  get shown(): PlayerState {
    return this.#shown;
  }

  /** Listeners are called a few times per second. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Calls `drawing` now and at every frame. */
  draw(drawing: (state: PlayerState) => void): () => void {
    this.#drawings.add(drawing);
    drawing(this.#state);
    return () => this.#drawings.delete(drawing);
  }

  /** Starts loading and playing. */
  start(): void {
    this.#gone = new AbortController();
    void this.#load(this.#gone.signal);
  }

  stop(): void {
    this.#gone.abort();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#frame = null;
  }

  toggle(): void {
    this.#control((playback, range) => toggle(playback, range));
  }

  seek(at: number): void {
    this.#from = null;
    this.#control((playback, range) => seek(playback, at, range));
  }

  setSpeed(speed: Speed): void {
    this.#control((playback) => ({ ...playback, speed }));
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      await loadTape(
        this.#deliveryId,
        (loading) => {
          this.#take(loading);
        },
        signal,
      );
    } catch (error) {
      if (!(error instanceof HistoryError)) return;
      this.#change({ ...this.#state, complete: true, problem: error.problem });
    }
  }

  #take(loading: LoadProgress) {
    const begins = this.#state.tape.frames.length === 0;
    this.#state = { ...this.#state, ...loading };
    let { playback } = this.#state;
    const range = this.#range();
    if (begins && range !== null) playback = seek(playback, range.first, range);
    if (this.#from !== null && range !== null && (range.last >= this.#from || range.complete)) {
      playback = seek(playback, this.#from, range);
      this.#from = null;
    }
    this.#change({ ...this.#state, playback });
  }

  #control(change: (playback: Playback, range: PlayableRange) => Playback) {
    const range = this.#range();
    if (range === null) return;
    this.#change({ ...this.#state, playback: change(this.#state.playback, range) });
  }

  #range(): PlayableRange | null {
    const span = spanOf(this.#state.tape);
    return span === null ? null : { ...span, complete: this.#state.complete };
  }

  #change(state: PlayerState) {
    this.#state = state;
    for (const drawing of this.#drawings) drawing(state);
    this.#show();
    if (state.playback.playing && this.#range() !== null) this.#schedule();
  }

  #show() {
    this.#shownAt = performance.now();
    this.#shown = this.#state;
    for (const listener of this.#listeners) listener();
  }

  #schedule() {
    if (this.#frame !== null || this.#gone.signal.aborted) return;
    this.#frameAt = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  }

  readonly #tick = () => {
    this.#frame = null;
    const now = performance.now();
    const range = this.#range();
    if (range === null) return;
    const elapsed = Math.min(MAX_FRAME_TIME, Math.max(0, now - this.#frameAt));
    const playback = advance(this.#state.playback, elapsed, range);
    this.#state = { ...this.#state, playback };
    for (const drawing of this.#drawings) drawing(this.#state);
    if (!playback.playing || now - this.#shownAt >= PUBLISH_INTERVAL) this.#show();
    if (playback.playing) this.#schedule();
  };
}
