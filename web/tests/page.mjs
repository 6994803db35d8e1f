// Shared by the page's tests: a fake gateway and a fresh browser context for each test.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { launchBrowser } from "./browser.mjs";
import { startGateway } from "./gateway.mjs";

export const DESKTOP = { width: 1280, height: 800 };
export const PHONE = { width: 360, height: 740 };

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

export function message(page, text) {
  return page.locator("[data-tone]", { hasText: text });
}

/** The number of vehicles drawn on the map, as a string. */
export function vehicles(page) {
  return page.locator("[data-vehicles]").getAttribute("data-vehicles");
}

/** Polls until a condition is true. */
export async function eventually(what, check) {
  const limit = Date.now() + 40_000;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < limit, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
