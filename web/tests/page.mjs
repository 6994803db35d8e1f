// Shared by the page's tests: a fake gateway and a fresh browser context for each test.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { launchBrowser } from "./browser.mjs";
import { startGateway } from "./gateway.mjs";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };
/** How long a slow machine may take until what is due is there, milliseconds. */
const PATIENCE = 60_000;

/** The fake gateway of the running test, its browser contexts, and the page's own errors. */
export const world = { browser: null, gateway: null, contexts: [], problems: [] };

/** Sets up the world for every test of the calling file. */
export function useWorld() {
  before(async () => {
    world.browser = await launchBrowser();
  });
  after(() => world.browser.close());
  beforeEach(async () => {
    world.gateway = await startGateway({ interval: 200 });
    world.contexts = [];
    world.problems = [];
  });
  afterEach(async () => {
    for (const context of world.contexts) await context.close();
    await world.gateway.stop();
    assert.deepEqual(world.problems, [], "the page has no error of its own");
  });
}

/** A page that has not been loaded yet. */
export async function newPage(options = {}) {
  const context = await world.browser.newContext({ viewport: DESKTOP, locale: "pt-BR", ...options });
  world.contexts.push(context);
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("pageerror", (error) => world.problems.push(error.message));
  page.on("console", (entry) => {
    if (entry.text().includes("Content Security Policy")) world.problems.push(entry.text());
  });
  return page;
}

export async function openPage(options) {
  const page = await newPage(options);
  await page.goto(world.gateway.url);
  await page.waitForSelector('[data-connection="open"]');
  return page;
}

export function row(page, { deliveryId }) {
  return page.locator(`[data-delivery-id="${deliveryId}"]`);
}

export async function inPhase(page, delivery, phase) {
  await page.waitForSelector(`[data-delivery-id="${delivery.deliveryId}"][data-phase="${phase}"]`);
}

/** Without a tone, in any. */
export function message(page, text, tone) {
  const any = tone === undefined ? "[data-tone]" : `[data-tone="${tone}"]`;
  return page.locator(any, { hasText: text });
}

/** The number of vehicles drawn on the map, as a string. */
export function vehicles(page) {
  return page.locator("[data-vehicles]").getAttribute("data-vehicles");
}

/** Polls until a condition is true. */
export async function eventually(what, check) {
  const limit = Date.now() + PATIENCE;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < limit, `in time: ${what}`);
    await pause();
  }
}

/** Polls until what a check asserts is true. One that fails to the end says itself what was there instead. */
export async function inTime(check) {
  const limit = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || Date.now() >= limit) throw error;
    }
    await pause();
  }
}

/** Polls until what is read has been the same for some milliseconds; resolves to it. */
export async function steady(what, milliseconds, read) {
  let [value, since] = [await read(), Date.now()];
  await eventually(what, async () => {
    const isOld = Date.now() - since >= milliseconds;
    const now = await read();
    if (now === value) return isOld;
    [value, since] = [now, Date.now()];
    return false;
  });
  return value;
}

/** The camera has arrived: for a second the map shows the same area, and the same crowds in the same places. */
export async function atRest(page) {
  const shown = () =>
    page.locator("[data-area]").evaluate(async ({ dataset }) => {
      // The area is told when a move has ended: without a frame in between, none can have.
      for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
      return `${dataset.area} ${dataset.crowds}`;
    });
  await steady("the map is at rest", 1_000, shown);
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
