// Play, pause, faster, and to another place of a tape. Pure; the time that went by comes in as a value.

export const SPEEDS = [1, 5, 20] as const;
export type Speed = (typeof SPEEDS)[number];

export interface Playback {
  /** The time that is shown, milliseconds since the epoch. */
  at: number;
  playing: boolean;
  /** Seconds of then in a second of now. */
  speed: Speed;
}

/** What there is to play; `whole`: no more will come. */
export interface Extent {
  first: number;
  last: number;
  whole: boolean;
}

/** So many milliseconds later. At the end of what there is it waits for more, or stops. */
export function advance(playback: Playback, elapsed: number, extent: Extent): Playback {
  if (!playback.playing) return playback;
  const at = Math.max(extent.first, Math.min(extent.last, playback.at + elapsed * playback.speed));
  return { ...playback, at, playing: at < extent.last || !extent.whole };
}

/** Play or pause; at the end, from the beginning. */
export function toggle(playback: Playback, extent: Extent): Playback {
  if (playback.playing) return { ...playback, playing: false };
  const over = extent.whole && playback.at >= extent.last;
  return { ...playback, playing: true, at: over ? extent.first : playback.at };
}

/** Goes on playing from there, if it was. */
export function seek(playback: Playback, at: number, extent: Extent): Playback {
  return { ...playback, at: Math.max(extent.first, Math.min(extent.last, at)) };
}
