import { describe, expect, test } from "vitest";
import { advance, seek, toggle, type Playback } from "./playback";

const WHOLE = { first: 1_000, last: 11_000, complete: true };
const playing: Playback = { at: 1_000, playing: true, speed: 5 };

describe("a playback", () => {
  test("advances by its speed", () => {
    expect(advance(playing, 100, WHOLE).at).toBe(1_500);
    expect(advance({ ...playing, speed: 20 }, 100, WHOLE).at).toBe(3_000);
  });

  test("does not advance while it is paused", () => {
    const paused = toggle(playing, WHOLE);
    expect(advance(paused, 5_000, WHOLE)).toBe(paused);
  });

  test("stops at the end, and restarts from there", () => {
    const over = advance(playing, 60_000, WHOLE);
    expect(over).toMatchObject({ at: 11_000, playing: false });
    expect(toggle(over, WHOLE)).toMatchObject({ at: 1_000, playing: true });
  });

  test("waits for positions that are not loaded yet", () => {
    const waiting = advance(playing, 60_000, { ...WHOLE, complete: false });
    expect(waiting).toMatchObject({ at: 11_000, playing: true });
    expect(advance(waiting, 100, { ...WHOLE, last: 20_000 }).at).toBe(11_500);
  });

  test("seeks within the ends, and keeps playing if it was", () => {
    expect(seek(playing, 5_000, WHOLE)).toEqual({ ...playing, at: 5_000 });
    expect(seek(playing, -Infinity, WHOLE).at).toBe(1_000);
    expect(seek({ ...playing, playing: false }, Infinity, WHOLE)).toMatchObject({
      at: 11_000,
      playing: false,
    });
  });
});
