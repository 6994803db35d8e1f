import { describe, expect, test } from "vitest";
import { COLOURS, colourDistance, colourOf, toOkLab } from "./colours";
import { GROUND, PALETTE } from "./map/palette";

/** More than twice the distance from which two colours side by side are distinguishable. */
const APART = 0.055;

describe("colours of deliveries", () => {
  test("are never close to the twelve before and after", () => {
    for (let slot = 0; slot < 3 * COLOURS; slot += 1) {
      for (let ahead = 1; ahead <= 12; ahead += 1) {
        const distance = colourDistance(colourOf(slot), colourOf(slot + ahead));
        expect(distance, `slots ${slot} and ${slot + ahead}`).toBeGreaterThan(APART);
      }
    }
  });

  test("stand out from everything on the base map", () => {
    for (let slot = 0; slot < COLOURS; slot += 1) {
      for (const ground of [GROUND, ...Object.values(PALETTE)]) {
        expect(colourDistance(colourOf(slot), ground)).toBeGreaterThan(0.2);
      }
    }
  });

  test("are valid, and do not repeat within one round", () => {
    const all = Array.from({ length: COLOURS }, (_, slot) => colourOf(slot));
    for (const colour of all) expect(colour).toMatch(/^#[0-9a-f]{6}$/);
    expect(new Set(all).size).toBe(COLOURS);
    expect(colourOf(COLOURS)).toBe(colourOf(0));
  });

  test("are measured in OKLab: white is 1, 0, 0", () => {
    const [lightness, a, b] = toOkLab("#ffffff");
    expect(lightness).toBeCloseTo(1, 4);
    expect(a).toBeCloseTo(0, 4);
    expect(b).toBeCloseTo(0, 4);
  });
});
