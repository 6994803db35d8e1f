// The built page in a real browser against the stand-in gateway: which base map is drawn. `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, inPhase, newPage, openPage, useWorld, vehicles, world } from "./page.mjs";

useWorld();

describe("the base map", () => {
  const base = (page, kind) => page.waitForSelector(`main[data-base="${kind}"]`, { timeout: 15_000 });

  function serveStyle({ tiles }) {
    world.gateway.mapStyle = `${world.gateway.url}/style.json`;
    world.gateway.intercept = (path, response) => {
      if (path === "/style.json") {
        const source = { type: "vector", tiles: [`${world.gateway.url}/tiles/{z}/{x}/{y}.pbf`], maxzoom: 14 };
        const layers = [
          { id: "ground", type: "background", paint: { "background-color": "#203040" } },
          { id: "water", type: "fill", source: "world", "source-layer": "water" },
        ];
        response.end(JSON.stringify({ version: 8, sources: { world: source }, layers }));
        return true;
      }
      if (!path.startsWith("/tiles/")) return false;
      response.writeHead(tiles ? 200 : 500).end();
      return true;
    };
  }

  test("is the public style when that can be had, with the vehicles on it", async () => {
    serveStyle({ tiles: true });
    world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "public");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  test("is the built-in one when the public style's tiles cannot be had", async () => {
    serveStyle({ tiles: false });
    world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "built-in");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  test("is the built-in one when the style's server refuses, or never answers", async () => {
    world.gateway.mapStyle = "http://127.0.0.1:9/style.json";
    await base(await openPage(), "built-in");
    world.gateway.mapStyle = `${world.gateway.url}/style.json`;
    world.gateway.intercept = (path) => path === "/style.json";
    const begun = Date.now();
    await base(await openPage(), "built-in");
    assert.ok(Date.now() - begun < 8_000);
  });

  test("shows coasts and borders from afar", async () => {
    const page = await openPage();
    await base(page, "built-in");
    const world = page.waitForResponse((response) => response.url().includes("countries-50m"));
    const out = page.getByRole("button", { name: "Afastar" });
    for (let step = 0; step < 9; step += 1) {
      await out.click();
      await page.waitForTimeout(300);
    }
    assert.ok((await world).ok());
  });

  test("that cannot be drawn at all leaves the list working", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await newPage();
    await page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.goto(world.gateway.url);
    await page.getByText("O mapa não pôde ser desenhado").waitFor();
    await inPhase(page, delivery, "Running");
  });
});
