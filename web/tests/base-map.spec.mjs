// The built page in a real browser against the fake gateway: the choice of the base map. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { atRest, eventually, inPhase, newPage, openPage, useWorld, vehicles, world } from "./page.mjs";

useWorld();

/** An image of one pixel. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describe("the base map", () => {
  /** How many images of the public style were requested. */
  let pictures = 0;
  const base = (page, kind) => page.waitForSelector(`main[data-base="${kind}"]`);

  /** Zooms out by many levels, one after the other: a click during a zoom would begin where that is. */
  async function zoomOut(page) {
    const area = () => page.locator("[data-area]").getAttribute("data-area");
    const out = page.getByRole("button", { name: "Afastar" });
    await atRest(page);
    for (let step = 0; step < 9; step += 1) {
      const before = await area();
      await out.click();
      await eventually("it has zoomed out", async () => (await area()) !== before);
    }
  }

  function serveStyle({ tiles }) {
    world.gateway.mapStyle = `${world.gateway.url}/style.json`;
    world.gateway.intercept = (path, response) => {
      if (path === "/style.json") {
        const source = { type: "vector", tiles: [`${world.gateway.url}/tiles/{z}/{x}/{y}.pbf`], maxzoom: 14 };
        const layers = [
          { id: "ground", type: "background", paint: { "background-color": "#203040" } },
          { id: "water", type: "fill", source: "world", "source-layer": "water" },
          {
            id: "waves",
            type: "fill",
            source: "world",
            "source-layer": "w",
            paint: { "fill-pattern": "wave" },
          },
        ];
        const sprite = `${world.gateway.url}/sprite`;
        response.end(JSON.stringify({ version: 8, sprite, sources: { world: source }, layers }));
        return true;
      }
      if (path.startsWith("/sprite")) {
        pictures += path.endsWith(".png") ? 1 : 0;
        const wave = { x: 0, y: 0, width: 1, height: 1, pixelRatio: 1 };
        response.end(path.endsWith(".png") ? PIXEL : JSON.stringify({ wave }));
        return true;
      }
      if (!path.startsWith("/tiles/")) return false;
      response.writeHead(tiles ? 200 : 500).end();
      return true;
    };
  }

  test("is the public style when that is available, with the vehicles on it", async () => {
    serveStyle({ tiles: true });
    world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "public");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    // The tile that decided may have been here first.
    await eventually("its images are asked for", () => pictures > 0);
  });

  test("is the built-in one when the public style's tiles are unavailable", async () => {
    serveStyle({ tiles: false });
    world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "built-in");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  test("is the built-in one when the style's server refuses or never responds", async () => {
    world.gateway.mapStyle = "http://127.0.0.1:9/style.json";
    await base(await openPage(), "built-in");
    world.gateway.mapStyle = `${world.gateway.url}/style.json`;
    let asked = 0;
    world.gateway.intercept = (path) => {
      if (path !== "/style.json") return false;
      asked = Date.now();
      return true;
    };
    await base(await openPage(), "built-in");
    // The page waits for four seconds, and a slow machine longer to draw the map.
    assert.ok(asked > 0 && Date.now() - asked < 40_000, `${Date.now() - asked} ms`);
  });

  test("shows coasts and borders when zoomed out", async () => {
    const page = await openPage();
    await base(page, "built-in");
    let coasts = null;
    page.on("response", (response) => {
      if (response.url().includes("countries-50m")) coasts = response;
    });
    await zoomOut(page);
    await eventually("the coasts are there", () => coasts !== null);
    assert.ok(coasts.ok());
  });

  test("has names of countries and towns, in the page's language", async () => {
    const page = await openPage();
    await base(page, "built-in");
    const names = async () => {
      const [language, count] = (await page.locator("[data-names]").getAttribute("data-names")).split(" ");
      return { language, count: Number(count) };
    };
    const towns = await names();
    assert.equal(towns.language, "pt-BR");
    assert.ok(towns.count > 100, `${towns.count} towns`);
    await zoomOut(page);
    await eventually("the countries are named", async () => (await names()).count > towns.count + 200);
    await page.getByRole("button", { name: "EN", exact: true }).click();
    await eventually("they are in English", async () => (await names()).language === "en");
  });

  test("that cannot be drawn leaves the list working", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await newPage();
    await page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.goto(world.gateway.url);
    await page.getByText("este navegador não tem WebGL").waitFor();
    await inPhase(page, delivery, "Running");
  });
});
