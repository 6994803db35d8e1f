import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import type { Position } from "geojson";
import { countryOf, placesOf, pointInside } from "./places";
import { TOWNS } from "./towns";
import { worldGeometry, type World } from "./world";

const file = createRequire(import.meta.url).resolve("world-atlas/countries-50m.json");
const { countries } = worldGeometry(JSON.parse(readFileSync(file, "utf8")) as World);

function square([west, south]: [number, number], side: number): Position[] {
  const [east, north] = [west + side, south + side];
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}

const namesIn = (language: "pt-BR" | "en") =>
  placesOf(countries, language).features.map(({ properties }) => String(properties?.icon).split("|")[2]);

describe("the names of countries", () => {
  test("are at a point in the largest part, beside its holes", () => {
    const country = countryOf("076", "Brazil", [
      [square([50, 0], 1)],
      [square([0, 0], 9), square([4, 0.5], 8)],
    ]);
    expect(country?.point[0]).toBeCloseTo(2);
    expect(country?.size).toBeGreaterThan(70);
    expect(countryOf(null, "Nowhere", [])).toBeNull();
  });

  test("are there for all of them, on the earth", () => {
    expect(countries.length).toBeGreaterThan(230);
    for (const { point, name } of countries) {
      expect(Math.abs(point[0]), name).toBeLessThanOrEqual(180);
      expect(Math.abs(point[1]), name).toBeLessThanOrEqual(90);
    }
    const place = (wanted: string) => countries.find(({ name }) => name === wanted)?.point ?? [0, 0];
    expect(place("Russia")[0], "across the 180th meridian").toBeGreaterThan(60);
    expect(place("Russia")[0]).toBeLessThan(140);
    expect(Math.abs(place("Fiji")[0])).toBeGreaterThan(175);
    expect(place("Antarctica")[1]).toBeLessThan(-75);
    const brazil = countries.find(({ name }) => name === "Brazil");
    expect(brazil?.point[0]).toBeGreaterThan(-65);
    expect(brazil?.point[0]).toBeLessThan(-40);
  });

  test("are those of the page's language, and one without a code keeps its own", () => {
    expect(namesIn("pt-BR")).toEqual(expect.arrayContaining(["Brasil", "Alemanha", "Kosovo", "Londres"]));
    expect(namesIn("en")).toEqual(expect.arrayContaining(["Brazil", "Germany", "Kosovo", "London"]));
    expect(namesIn("pt-BR")).not.toContain("076");
  });

  test("yield to those of larger countries", () => {
    const order = (name: string) =>
      placesOf(countries, "en").features.find(
        ({ properties }) => properties?.icon === `place|country|${name}`,
      )?.properties?.order as number;
    expect(order("Brazil")).toBeLessThan(order("Uruguay"));
  });
});

describe("a point inside", () => {
  test("is inside, also of a shape whose middle is not", () => {
    const bay: Position[] = [
      [0, 0],
      [9, 0],
      [9, 1],
      [1, 1],
      [1, 8],
      [9, 8],
      [9, 9],
      [0, 9],
      [0, 0],
    ];
    const [lng = 4.5, lat = 4.5] = pointInside([bay]) ?? [];
    expect(lng < 1 || lat < 1 || lat > 8).toBe(true);
    expect(pointInside([])).toBeNull();
  });
});

test("towns are on land that has a name, each once", () => {
  const names = TOWNS.map(({ names: of }) => of.en);
  expect(new Set(names).size).toBe(names.length);
  for (const { lng, lat } of TOWNS) {
    expect(Math.abs(lng)).toBeLessThan(180);
    expect(Math.abs(lat)).toBeLessThan(70);
  }
});
