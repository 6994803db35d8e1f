// The built page in a real browser against the fake gateway: the stream in numbers, and a list of routes that changes. Run
// `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PHONE, eventually, inPhase, inTime, openPage, useWorld, vehicles, world } from "./page.mjs";
import { ROUTES } from "./routes.mjs";

useWorld();

const measure = (page, key) => page.locator(`[data-measure="${key}"]`).innerText();
/** A number in Portuguese. */
const number = (text) => Number(/[\d.,]+/.exec(text)?.[0].replace(".", "").replace(",", "."));
/** A duration such as `230 ms`, `4 s` or `1 min 3 s`, in milliseconds. */
function duration(text) {
  const units = { ms: 1, s: 1_000, min: 60_000 };
  const parts = [...text.matchAll(/(\d+)\s*(ms|min|s)\b/g)];
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit], 0);
}

describe("the measures", () => {
  test("come and go with the key ?, and say what grows when Kafka stops", async () => {
    const deliveries = ["1", "2", "3"].map((routeId) => world.gateway.start({ routeId }));
    world.gateway.status = { kafka: "available", deliveryStore: "off", routes: "a", replica: "gateway-x1" };
    const page = await openPage();
    await inPhase(page, deliveries[0], "Running");
    await eventually("they are drawn", async () => (await vehicles(page)) === "3");
    assert.equal(await page.locator("[data-hud]").count(), 0);
    await page.keyboard.press("?");
    await page.locator("[data-hud]").waitFor();
    // Three vehicles, five positions a second each.
    await eventually("positions are counted", async () => {
      const perSecond = number(await measure(page, "positions"));
      return perSecond > 12 && perSecond < 18;
    });
    assert.equal(await measure(page, "replica"), "gateway-x1");
    assert.equal(await measure(page, "kafka"), "responde");
    assert.equal(await measure(page, "conflated"), "0");
    await eventually("frames are counted", async () => number(await measure(page, "frames")) > 2);
    await eventually("drawings are counted", async () => number(await measure(page, "drawn")) > 1);
    await eventually("the clock is known", async () => {
      const error = await measure(page, "clock");
      return /\d/.test(error) && duration(error) < 300;
    });
    await inTime(async () => {
      const age = await measure(page, "p50");
      assert.ok(/\d/.test(age) && duration(age) < 1_500, age);
    });

    for (const delivery of deliveries) delivery.silent = true;
    world.gateway.setStatus({ ...world.gateway.status, kafka: "unavailable" });
    world.gateway.broadcast("conflated", { positions: 7 });
    await eventually(
      "the age grows",
      async () => (await page.locator('[data-hud][data-growing="true"]').count()) === 1,
    );
    await inTime(async () => {
      assert.match(await measure(page, "p50"), /▲/);
      assert.equal(await measure(page, "kafka"), "não responde");
      assert.equal(await measure(page, "conflated"), "7");
    });
    await eventually("none arrive", async () => number(await measure(page, "positions")) === 0);
    await eventually("they are old", async () => duration(await measure(page, "p50")) > 3_000);
    await page.keyboard.press("?");
    await page.locator("[data-hud]").waitFor({ state: "detached" });
  });

  test("have a button, leave a search alone, and fit on a phone", async () => {
    for (const routeId of ["1", "2"]) world.gateway.start({ routeId });
    const page = await openPage({ viewport: PHONE, hasTouch: true });
    await page.getByRole("searchbox").fill("?");
    assert.equal(await page.locator("[data-hud]").count(), 0);
    await page.getByRole("button", { name: "Medidas da transmissão" }).tap();
    await page.locator("[data-hud]").waitFor();
    const box = await page.locator("[data-hud]").boundingBox();
    assert.ok(box.x >= 0 && box.x + box.width <= PHONE.width);
  });
});

describe("the routes of the form", () => {
  test("are up to date as soon as the gateway says that its list has changed", async () => {
    const status = { kafka: "available", deliveryStore: "off", replica: "gateway-x1" };
    world.gateway.status = { ...status, routes: "a" };
    world.gateway.routes = ROUTES.slice(0, 2);
    const page = await openPage();
    const offered = () => page.locator("select[name=route] option:not([value=''])").allInnerTexts();
    await eventually("two are offered", async () => (await offered()).length === 2);
    world.gateway.routes = [{ ...ROUTES[0], title: "Renomeada" }, ROUTES[2]];
    world.gateway.setStatus({ ...status, routes: "b" });
    await eventually("one was added, one renamed, one removed", async () => {
      const titles = (await offered()).map((text) => text.split(" ")[0]);
      return titles.join() === "Renomeada,Terceiro";
    });
    // The same list is not loaded again.
    let asked = 0;
    world.gateway.intercept = (pathname) => {
      asked += pathname === "/routes" ? 1 : 0;
      return false;
    };
    world.gateway.setStatus({ ...status, kafka: "unavailable", routes: "b" });
    await page.waitForSelector('[data-stalled="true"]');
    // Nothing is to arrive, whatever is still on its way.
    await page.waitForTimeout(500);
    assert.equal(asked, 0);
  });
});
