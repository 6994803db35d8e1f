// The geometry of the charts. Pure; lengths are in SVG units.

import type { Interval } from "./range";

/** Steps between two grid lines, as multiples of a power of ten. */
const STEPS = [0.2, 0.25, 0.5, 1, 2, 2.5, 5] as const;
const MAX_LINES = 5;

/** A scale: its upper end, and its grid lines without the base line. */
export interface Scale {
  top: number;
  lines: number[];
}

/** A scale up to a round number that is not below the largest value. */
export function scaleOf(max: number, wholeOnly = false): Scale {
  if (!(max > 0)) return { top: 1, lines: [1] };
  const power = 10 ** Math.floor(Math.log10(max));
  const steps = STEPS.map((part) => part * power).filter((step) => !wholeOnly || Number.isInteger(step));
  const step = steps.find((each) => max / each <= MAX_LINES) ?? max;
  const count = Math.ceil(max / step - 1e-9);
  return { top: count * step, lines: Array.from({ length: count }, (_, index) => (index + 1) * step) };
}

/** The same for values shown in another unit, of which one is `unit` of the values. */
export function scaleIn(unit: number, max: number): Scale {
  const { top, lines } = scaleOf(max / unit);
  return { top: top * unit, lines: lines.map((line) => line * unit) };
}

/** The unit for times up to `max` seconds, in seconds: a second, a minute or an hour. */
export function timeUnitOf(max: number): 1 | 60 | 3_600 {
  return max < 120 ? 1 : max < 7_200 ? 60 : 3_600;
}

/** The largest value, or 0. */
export function maxOf(points: readonly { value: number }[]): number {
  return Math.max(0, ...points.map(({ value }) => value));
}

/** A few values are shown at the top edge when they are this many times as large as nearly all others. */
const FAR = 3;
const NEARLY_ALL = 0.95;

/** The upper end of a scale that a few outliers do not flatten all others to; without any, the largest value. */
export function robustMax(points: readonly { value: number }[]): number {
  const sorted = points.map(({ value }) => value).sort((a, b) => a - b);
  const max = sorted.at(-1) ?? 0;
  // At least one below the largest, also of a few.
  const usual = sorted[Math.min(sorted.length - 2, Math.floor(NEARLY_ALL * (sorted.length - 1)))] ?? max;
  return usual > 0 && max > FAR * usual ? 1.2 * usual : Math.max(0, max);
}

/** How wide the labels of an axis are, in SVG units: digits of a font of 10 units, and the gaps. */
export function labelWidth(labels: readonly string[]): number {
  return 12 + 5.8 * Math.max(3, ...labels.map((label) => label.length));
}

/** Where an instant lies in an interval, 0 to 1. */
export function placeInTime(at: number, { since, until }: Interval): number {
  return until > since ? Math.min(1, Math.max(0, (at - since) / (until - since))) : 0;
}

/** The instants to label on a time axis: the two ends, and some between. */
export function timeTicks({ since, until }: Interval, count: number): number[] {
  return Array.from({ length: count }, (_, index) => since + ((until - since) * index) / (count - 1));
}

/** Whether a time axis is labelled with days rather than times of day. */
export function spansDays({ since, until }: Interval): boolean {
  return until - since > 36 * 3_600_000;
}

/** Whether a time axis is so short that its labels need seconds. */
export function spansMinutes({ since, until }: Interval): boolean {
  return until - since < 20 * 60_000;
}

/** The shares of a total, as consecutive turns from 0 to 1. */
export function slicesOf(values: readonly number[]): { from: number; to: number }[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  let passed = 0;
  return values.map((value) => {
    const from = total > 0 ? passed / total : 0;
    passed += value;
    return { from, to: total > 0 ? passed / total : 0 };
  });
}

/** The outline of a ring segment around 0, 0, as an SVG path; turns count clockwise from the top. */
export function ringPath(from: number, to: number, inner: number, outer: number): string {
  // An arc from a point to itself is empty, so a full ring is drawn as two halves.
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
