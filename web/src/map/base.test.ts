import type { StyleSpecification } from "maplibre-gl";
import { afterEach, describe, expect, test, vi } from "vitest";
import { fetchStyle, isStyle, putUnder } from "./base";

const STYLE: StyleSpecification = {
  version: 8,
  sources: { tiles: { type: "vector", url: "https://tiles.example/tiles.json" } },
  layers: [{ id: "water", type: "fill", source: "tiles", "source-layer": "water" }],
};

afterEach(() => {
  vi.unstubAllGlobals();
});

function answering(answer: () => Promise<Response>) {
  vi.stubGlobal("fetch", answer);
}

describe("a public style", () => {
  test("is used when it is valid", async () => {
    answering(() => Promise.resolve(Response.json(STYLE)));
    expect(await fetchStyle("https://tiles.example/style.json")).toEqual(STYLE);
  });

  test.each([
    ["the server cannot be reached", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["the server has an error", () => Promise.resolve(Response.json(STYLE, { status: 503 }))],
    ["it is a page, not a style", () => Promise.resolve(new Response("<html>", { status: 200 }))],
    ["it is some other JSON", () => Promise.resolve(Response.json({ version: 1 }))],
  ])("is none when %s", async (_, answer) => {
    answering(answer);
    expect(await fetchStyle("https://tiles.example/style.json")).toBeNull();
  });

  test("is not used when the server does not respond in time", async () => {
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => {
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
    });
    expect(await fetchStyle("https://tiles.example/style.json", 20)).toBeNull();
  });

  test("is recognised by its version, sources and layers", () => {
    expect(isStyle(STYLE)).toBe(true);
    const others = [
      { version: 8, sources: {}, layers: {} },
      { version: 7, sources: {}, layers: [] },
    ];
    for (const other of [null, [], "8", { version: 8 }, ...others]) {
      expect(isStyle(other)).toBe(false);
    }
  });
});

describe("a base map", () => {
  const current: StyleSpecification = {
    version: 8,
    sources: {
      old: { type: "vector", url: "https://old.example" },
      cars: { type: "geojson", data: "cars" },
    },
    layers: [
      { id: "old", type: "fill", source: "old" },
      { id: "veil", type: "background" },
      { id: "cars", type: "symbol", source: "cars" },
    ],
  };

  test("goes below the page's own layers, which keep their data", () => {
    const { layers, sources } = putUnder(STYLE, current, "veil");
    expect(layers.map(({ id }) => id)).toEqual(["water", "veil", "cars"]);
    expect(Object.keys(sources)).toEqual(["tiles", "cars"]);
    expect(sources.cars).toBe(current.sources.cars);
  });
});
