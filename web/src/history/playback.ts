// Play, pause, speed and seek. Pure; the elapsed time is passed in.

export const SPEEDS = [1, 5, 20] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Playback {
  /** The time shown, milliseconds since the epoch. */
  at: number;
  playing: boolean;
  /** Recorded seconds per second of playback. */
  speed: Speed;
}

/** The loaded part of the tape; `complete`: nothing more will be loaded. */
export interface PlayableRange {
  first: number;
  last: number;
  complete: boolean;
}

/** Advances by the elapsed milliseconds. At the end of the loaded part it waits for more, or stops. */
export function advance(playback: Playback, elapsed: number, range: PlayableRange): Playback {
  if (!playback.playing) return playback;
  const at = Math.max(range.first, Math.min(range.last, playback.at + elapsed * playback.speed));
  return { ...playback, at, playing: at < range.last || !range.complete };
}

/** Toggles play and pause; at the end, restarts from the beginning. */
export function toggle(playback: Playback, range: PlayableRange): Playback {
  if (playback.playing) return { ...playback, playing: false };
  const over = range.complete && playback.at >= range.last;
  return { ...playback, playing: true, at: over ? range.first : playback.at };
}

/** Keeps playing if it was playing. */
export function seek(playback: Playback, at: number, range: PlayableRange): Playback {
  return { ...playback, at: Math.max(range.first, Math.min(range.last, at)) };
}
