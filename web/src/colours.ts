// One colour per delivery. Hues advance by the golden angle, which spreads any number of them; lightness cycles through three
// values, so that similar hues differ in lightness. All in OKLCH, whose distances match human perception (B. Ottosson, "A
// perceptual color space for image processing", 2020), and all in strong contrast to the dark background.

const GOLDEN_ANGLE = 180 * (3 - Math.sqrt(5));
const LIGHTNESS = [0.82, 0.72, 0.63] as const;
const CHROMA = 0.16;
/** Near the primary yellow. */
const FIRST_HUE = 92;

/** The colours repeat after this many. A Fibonacci number, at which golden-angle hues are spread most evenly. */
export const COLOURS = 34;

/** Of what is no longer up to date. */
export const STALE_COLOUR = "#8f959b";

/** Lightness 0 to 1, and the axes green–red and blue–yellow. */
export type OkLab = readonly [lightness: number, a: number, b: number];

/** Each is needed for every vehicle in every frame. */
const made: string[] = [];

/** The colour of a slot (0, 1, 2 …) as `#rrggbb`. */
export function colourOf(slot: number): string {
  const index = slot % COLOURS;
  return (made[index] ??= makeColour(index));
}

function makeColour(index: number): string {
  const lightness = LIGHTNESS[index % LIGHTNESS.length] ?? 0.7;
  const hue = ((FIRST_HUE + index * GOLDEN_ANGLE) * Math.PI) / 180;
  // Not every hue exists at this chroma in sRGB: reduce the chroma until it does.
  for (let chroma = CHROMA; ; chroma -= 0.005) {
    const rgb = toLinearRgb([lightness, chroma * Math.cos(hue), chroma * Math.sin(hue)]);
    if (chroma <= 0 || rgb.every((channel) => channel >= 0 && channel <= 1)) return toHex(rgb);
  }
}

/** `#rrggbb` in OKLab. */
export function toOkLab(hex: string): OkLab {
  const [r, g, b] = [1, 3, 5].map((start) => toLinear(parseInt(hex.slice(start, start + 2), 16) / 255));
  const red = r ?? 0;
  const green = g ?? 0;
  const blue = b ?? 0;
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/** Distance in OKLab; side by side, two colours are distinguishable from about 0.02. */
export function colourDistance(a: string, b: string): number {
  const [first, second] = [toOkLab(a), toOkLab(b)];
  return Math.hypot(first[0] - second[0], first[1] - second[1], first[2] - second[2]);
}

function toLinearRgb([lightness, a, b]: OkLab): [number, number, number] {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function toHex(linear: readonly number[]): string {
  const channel = (value: number) => {
    const clipped = Math.min(1, Math.max(0, value));
    return Math.round(255 * toGamma(clipped))
      .toString(16)
      .padStart(2, "0");
  };
  return `#${linear.map(channel).join("")}`;
}

/** sRGB's transfer function (IEC 61966-2-1) and its inverse. */
function toGamma(value: number): number {
  return value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
}

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
