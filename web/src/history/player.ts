// Plays a delivery again: the one place of the replay where time passes. What it means is in `tape.ts` and `playback.ts`.

import { HistoryError, type Problem } from "./ask";
import { loadTape, type Loading } from "./load-tape";
import { advance, seek, toggle, type Extent, type Playback, type Speed } from "./playback";
import { EMPTY_TAPE, spanOf } from "./tape";

export interface PlayerState extends Loading {
  playback: Playback;
  problem: Problem | null;
}

/** A page in the background must not leap when it comes back. */
const LONGEST_FRAME = 250;
/** Slider and clock are drawn this often, milliseconds; the map at every frame. */
const SHOWN_EVERY = 100;

export class Player {
  #state: PlayerState;
  /** As it was last told to those who show the state in words. */
  #shown: PlayerState;
  readonly #deliveryId: string;
  /** Where to begin, once that has arrived. */
  #from: number | null;
  readonly #listeners = new Set<() => void>();
  readonly #drawings = new Set<(state: PlayerState) => void>();
  #gone = new AbortController();
  #frame: number | null = null;
  #frameAt = 0;
  #shownAt = 0;

  /** `from`: begins at that time, not at the first position; `playing`: as soon as there is something to play. */
  constructor(deliveryId: string, from: number | null, playing: boolean) {
    this.#deliveryId = deliveryId;
    this.#from = from;
    this.#state = {
      tape: EMPTY_TAPE,
      whole: false,
      cut: false,
      playback: { at: 0, playing, speed: 5 },
      problem: null,
    };
    this.#shown = this.#state;
  }

  get shown(): PlayerState {
    return this.#shown;
  }

  /** A listener is told a few times a second. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Draws now and at every frame. */
  draw(drawing: (state: PlayerState) => void): () => void {
    this.#drawings.add(drawing);
    drawing(this.#state);
    return () => this.#drawings.delete(drawing);
  }

  /** Begins to load, and to play. */
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
    this.#control((playback, extent) => toggle(playback, extent));
  }

  seek(at: number): void {
    this.#from = null;
    this.#control((playback, extent) => seek(playback, at, extent));
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
      this.#change({ ...this.#state, whole: true, problem: error.problem });
    }
  }

  #take(loading: Loading) {
    const begins = this.#state.tape.frames.length === 0;
    this.#state = { ...this.#state, ...loading };
    let { playback } = this.#state;
    const extent = this.#extent();
    if (begins && extent !== null) playback = seek(playback, extent.first, extent);
    if (this.#from !== null && extent !== null && (extent.last >= this.#from || extent.whole)) {
      playback = seek(playback, this.#from, extent);
      this.#from = null;
    }
    this.#change({ ...this.#state, playback });
  }

  #control(change: (playback: Playback, extent: Extent) => Playback) {
    const extent = this.#extent();
    if (extent === null) return;
    this.#change({ ...this.#state, playback: change(this.#state.playback, extent) });
  }

  #extent(): Extent | null {
    const span = spanOf(this.#state.tape);
    return span === null ? null : { ...span, whole: this.#state.whole };
  }

  #change(state: PlayerState) {
    this.#state = state;
    for (const drawing of this.#drawings) drawing(state);
    this.#show();
    if (state.playback.playing && this.#extent() !== null) this.#schedule();
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
    const extent = this.#extent();
    if (extent === null) return;
    const elapsed = Math.min(LONGEST_FRAME, Math.max(0, now - this.#frameAt));
    const playback = advance(this.#state.playback, elapsed, extent);
    this.#state = { ...this.#state, playback };
    for (const drawing of this.#drawings) drawing(this.#state);
    if (!playback.playing || now - this.#shownAt >= SHOWN_EVERY) this.#show();
    if (playback.playing) this.#schedule();
  };
}
