// The arithmetic of the charts. Pure; lengths are in the units of the drawing.

import type { Interval } from "./range";

/** Steps between two lines of a scale, as parts of a power of ten. */
const STEPS = [0.2, 0.25, 0.5, 1, 2, 2.5, 5] as const;
const MOST_LINES = 5;

/** A scale of values: its upper end, and its lines up to that, the base line left out. */
export interface Scale {
  top: number;
  lines: number[];
}

/** Ends at a round number that is not below the largest value. */
export function scaleOf(most: number, wholeOnly = false): Scale {
  if (!(most > 0)) return { top: 1, lines: [1] };
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = STEPS.map((part) => part * power).filter((step) => !wholeOnly || Number.isInteger(step));
  const step = steps.find((each) => most / each <= MOST_LINES) ?? most;
  const count = Math.ceil(most / step - 1e-9);
  return { top: count * step, lines: Array.from({ length: count }, (_, index) => (index + 1) * step) };
}

/** The same for values that are shown in another unit: round numbers of that. `unit`: so much is one of it. */
export function scaleIn(unit: number, most: number): Scale {
  const { top, lines } = scaleOf(most / unit);
  return { top: top * unit, lines: lines.map((line) => line * unit) };
}

/** Seconds in what times up to so many seconds are shown in: seconds, minutes or hours. */
export function timeUnitOf(most: number): 1 | 60 | 3_600 {
  return most < 120 ? 1 : most < 7_200 ? 60 : 3_600;
}

/** The largest value, or 0. */
export function mostOf(points: readonly { value: number }[]): number {
  return Math.max(0, ...points.map(({ value }) => value));
}

/** The part (0 to 1) of a stretch of time at which an instant lies. */
export function placeInTime(at: number, { since, until }: Interval): number {
  return until > since ? Math.min(1, Math.max(0, (at - since) / (until - since))) : 0;
}

/** Where labels of a time axis stand: the two ends, and some between. */
export function timeTicks({ since, until }: Interval, count: number): number[] {
  return Array.from({ length: count }, (_, index) => since + ((until - since) * index) / (count - 1));
}

/** Whether labels of a time axis say the day; the time of day else. */
export function spansDays({ since, until }: Interval): boolean {
  return until - since > 36 * 3_600_000;
}

/** Parts of a whole, as turns from 0 to 1, one after the other. */
export function slicesOf(values: readonly number[]): { from: number; to: number }[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  let passed = 0;
  return values.map((value) => {
    const from = total > 0 ? passed / total : 0;
    passed += value;
    return { from, to: total > 0 ? passed / total : 0 };
  });
}

/** The outline of a slice of a ring around 0, 0, as an SVG path; turns count clockwise from the top. */
export function ringPath(from: number, to: number, inner: number, outer: number): string {
  // An arc from a point to itself is none: a whole ring is drawn as two halves.
  if (to - from >= 1 - 1e-9)
    return `${ringPath(0, 0.5, inner, outer)}${ringPath(0.5, 0.999_999, inner, outer)}`;
  const point = (turn: number, radius: number) => {
    const angle = 2 * Math.PI * turn;
    return `${(radius * Math.sin(angle)).toFixed(3)} ${(-radius * Math.cos(angle)).toFixed(3)}`;
  };
  const large = to - from > 0.5 ? 1 : 0;
  return (
    `M${point(from, outer)}A${outer} ${outer} 0 ${large} 1 ${point(to, outer)}` +
    `L${point(to, inner)}A${inner} ${inner} 0 ${large} 0 ${point(from, inner)}Z`
  );
}
