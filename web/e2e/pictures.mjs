// Shoots the pictures of the documentation, docs/pictures/*.png, from the demo at BASE_URL, and notes the state of the page's source that
// they show. Starts deliveries of its own, and waits until they can be seen: three under way on the map, then three in the history.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { launchBrowser } from "../tests/browser.mjs";
import { FOLDER, PICTURES, SIZE, SOURCES, sourceOf } from "../tests/pictures.mjs";

const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:30080";
/** What is started, by the ids of the routes. Fast enough to end in minutes, slow enough to be seen under way. */
const STARTS = {
  1: { courier: "moto-7", vehicle: "motorcycle", speedKmh: 40 },
  2: { courier: "bike-2", vehicle: "bicycle", speedKmh: 30 },
  3: { courier: "van-1", vehicle: "van", speedKmh: 50 },
};
const TO_BE_UNDER_WAY = 120_000;
const TO_ARRIVE = 900_000;
/** Tiles, vehicles and charts are drawn, and what moved has come to rest. */
const TO_SETTLE = 3_000;

async function eventually(what, limit, check) {
  const until = Date.now() + limit;
  while (!(await check())) {
    assert.ok(Date.now() < until, `In ${limit / 1000} s there was not: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}

async function start(route, options) {
  const answer = await fetch(new URL(`/routes/${route}/start`, BASE_URL), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(options),
  });
  const text = await answer.text();
  assert.equal(answer.status, 202, `The gateway refuses to start a delivery: ${text}`);
}

/** The couriers of the started deliveries that a check accepts. */
async function started(check) {
  const answer = await fetch(new URL("/deliveries?limit=200", BASE_URL));
  assert.equal(answer.status, 200, "The gateway lists no deliveries.");
  const { deliveries } = await answer.json();
  const couriers = Object.values(STARTS).map(({ courier }) => courier);
  const accepted = deliveries.filter((each) => couriers.includes(each.courier) && check(each));
  return new Set(accepted.map((each) => each.courier));
}

const all = (couriers) => couriers.size === Object.keys(STARTS).length;

const ready = {
  async map(page) {
    await page.goto(BASE_URL);
    await page.waitForSelector('[data-connection="open"]');
    await eventually("three vehicles on the map", TO_BE_UNDER_WAY, async () => {
      return Number(await page.locator("[data-vehicles]").getAttribute("data-vehicles")) >= 3;
    });
  },
  async history(page) {
    await eventually("three deliveries that have arrived", TO_ARRIVE, async () => {
      return all(await started(({ phase }) => phase === "Finished"));
    });
    await page.goto(`${BASE_URL}/#history`);
    await page.waitForSelector('[data-status="ready"]');
    await eventually("heat on the map of the history", TO_BE_UNDER_WAY, async () => {
      return Number(await page.locator("[data-heat]").getAttribute("data-heat")) > 0;
    });
  },
};

for (const [route, options] of Object.entries(STARTS)) await start(route, options);
await eventually("three deliveries well under way", TO_BE_UNDER_WAY, async () => {
  return all(await started(({ phase, progress }) => phase === "Running" && progress > 0.1));
});

const browser = await launchBrowser();
try {
  const sources = {};
  for (const picture of PICTURES) {
    const page = await browser.newPage({ viewport: SIZE, locale: "en-US" });
    await ready[picture.name](page);
    await page.waitForSelector('main:not([data-base="loading"])');
    await page.waitForTimeout(TO_SETTLE);
    await page.screenshot({ path: `${FOLDER}${picture.name}.png` });
    await page.close();
    sources[picture.name] = await sourceOf(picture);
    console.log(`docs/pictures/${picture.name}.png`);
  }
  await writeFile(SOURCES, `${JSON.stringify(sources, null, 2)}\n`);
} finally {
  await browser.close();
}
