// The built page in a real browser against the fake gateway: keyboard, language, phone, accessibility. Run `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import {
  DESKTOP,
  PHONE,
  eventually,
  inPhase,
  inTime,
  openPage,
  row,
  useWorld,
  vehicles,
  world,
} from "./page.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");

useWorld();

describe("a user", () => {
  test("reaches everything with the keyboard: moves through the list, follows, stops with Escape", async () => {
    const first = world.gateway.start({ routeId: "1" });
    const second = world.gateway.start({ routeId: "2", start: Date.now() + 1 });
    const page = await openPage();
    await inPhase(page, second, "Running");
    const focused = () => page.evaluate(() => document.activeElement.closest("li")?.dataset.deliveryId);
    await page.locator("[data-chip]").last().focus();
    await page.keyboard.press("Tab");
    assert.equal(await focused(), first.deliveryId);
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), second.deliveryId);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Seguindo segundo-2 na rota Segundo" }).waitFor();
    await inTime(async () => assert.equal(await row(page, second).getAttribute("data-followed"), "true"));
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: "Seguindo segundo-2 na rota Segundo" })
      .waitFor({ state: "detached" });
  });

  test("skips the bar and the form with the first Tab", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    const label = () => page.evaluate(() => document.activeElement.textContent);
    await page.keyboard.press("Tab");
    assert.equal(await label(), "Ir para a lista");
    assert.ok((await page.locator("[data-skip=list]").boundingBox()).y >= 0, "it is in sight");
    await page.keyboard.press("Enter");
    const focused = await page.evaluate(() => document.activeElement.closest("li")?.dataset.deliveryId);
    assert.equal(focused, delivery.deliveryId);
    await page.locator("[data-skip=map]").focus();
    await page.keyboard.press("Enter");
    await eventually("the map has the focus", () =>
      page.evaluate(() => document.activeElement.closest("main") !== null),
    );
    await page.goto(`${world.gateway.url}/#history`);
    await page.waitForSelector('[data-view="history"]');
    await page.locator("[data-skip=content]").focus();
    await page.keyboard.press("Enter");
    await inTime(async () => assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN"));
  });

  test("leaves the list with one Tab, reaches its buttons with the arrows, and stays in it after a cancel", async () => {
    const [first, second] = ["1", "2"].map((routeId, index) =>
      world.gateway.start({ routeId, start: Date.now() + index }),
    );
    const page = await openPage();
    await inPhase(page, second, "Running");
    const focused = () =>
      page.evaluate(() => {
        const { dataset } = document.activeElement;
        return [document.activeElement.closest("li")?.dataset.deliveryId, dataset.action];
      });
    assert.equal(await page.locator('[data-rows] button:not([tabindex="-1"])').count(), 1);
    await row(page, first).locator("[data-row]").focus();
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await focused(), [first.deliveryId, "suspend"]);
    await page.keyboard.press("ArrowRight");
    assert.deepEqual(await focused(), [first.deliveryId, "cancel"]);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Cancelar entrega" }).click();
    await inPhase(page, first, "Cancelled");
    await inTime(async () => assert.deepEqual(await focused(), [second.deliveryId, undefined]));
    // The list of those that have ended is another stop.
    await page.keyboard.press("Tab");
    assert.deepEqual(await focused(), [first.deliveryId, undefined]);
    await page.keyboard.press("Tab");
    assert.deepEqual(await focused(), [undefined, undefined]);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    assert.deepEqual(await focused(), [second.deliveryId, undefined]);
  });

  test("stops following by dragging the map, and by a second click", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    const item = row(page, delivery);
    const follow = item.locator("[data-row]");
    const isFollowed = (wanted) =>
      inTime(async () => assert.equal(await item.getAttribute("data-followed"), String(wanted)));
    await follow.click();
    await isFollowed(true);
    await page.mouse.move(800, 400);
    await page.mouse.down();
    await page.mouse.move(900, 450, { steps: 5 });
    await page.mouse.up();
    await isFollowed(false);
    await follow.click();
    await isFollowed(true);
    await follow.click();
    await isFollowed(false);
  });

  test("gets English when the browser prefers it, and with the language switch", async () => {
    const page = await openPage({ locale: "en-US" });
    await page.getByRole("button", { name: "Start delivery" }).waitFor();
    await page.getByRole("button", { name: "PT", exact: true }).click();
    await page.getByRole("button", { name: "Iniciar entrega" }).waitFor();
    await inTime(async () => assert.equal(await page.locator("html").getAttribute("lang"), "pt-BR"));
    await page.reload();
    await page.getByRole("button", { name: "Iniciar entrega" }).waitFor();
  });

  test("on a phone sees the map above and the list below, and nothing cut off", async () => {
    const delivery = world.gateway.start({
      routeId: "1",
      courier: "moto-7 of a very long name indeed, no end to it",
    });
    const page = await openPage({ viewport: PHONE, hasTouch: true });
    await inPhase(page, delivery, "Running");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    const [map, list] = await Promise.all([
      page.locator("main").boundingBox(),
      page.locator("aside").boundingBox(),
    ]);
    assert.ok(map.height > 220 && map.y < list.y);
    const handle = page.getByRole("button", { name: "Recolher o painel" });
    await handle.click();
    await eventually("the map grows", async () => (await page.locator("main").boundingBox()).height > 500);
    await eventually("the drawing has the map's size", async () => {
      const [canvas, view] = [page.locator("canvas"), page.locator("main")];
      return Math.abs((await canvas.boundingBox()).height - (await view.boundingBox()).height) < 2;
    });
  });

  test("with reduced motion gets none in the list either", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    for (const [reducedMotion, duration] of [
      ["no-preference", "0.5s"],
      ["reduce", "0s"],
    ]) {
      const page = await openPage({ reducedMotion });
      await inPhase(page, delivery, "Running");
      const bar = row(page, delivery).locator("[role=progressbar] > span");
      assert.equal(await bar.evaluate((span) => getComputedStyle(span).transitionDuration), duration);
    }
  });

  for (const [name, options] of [
    ["a desktop", { viewport: DESKTOP }],
    ["a desktop in the dark", { viewport: DESKTOP, colorScheme: "dark" }],
    ["a phone", { viewport: PHONE }],
  ]) {
    test(`finds no accessibility violation by axe, on ${name}`, async () => {
      world.gateway.start({ routeId: "1", courier: "moto-7" });
      const finished = world.gateway.start({ routeId: "2", metersPerSecond: 2000 });
      const page = await openPage(options);
      await inPhase(page, finished, "Finished");
      // Whatever else is to be seen, is; and nothing fades in.
      await page.waitForSelector('main:not([data-base="loading"])');
      await page.emulateMedia({ reducedMotion: "reduce" });
      // Not as a script element: the Content Security Policy blocks it.
      const violations = await page.evaluate(`(async () => { ${AXE}
        const { violations } = await axe.run();
        return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
      })()`);
      assert.deepEqual(violations, []);
    });
  }
});
