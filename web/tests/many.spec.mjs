// The built page in a real browser against the fake gateway: many deliveries, and how to find one. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, inPhase, inTime, openPage, row, useWorld, vehicles, world } from "./page.mjs";

useWorld();

const MANY = 2_000;
const shown = (page) =>
  page
    .locator("[data-rows] > [data-delivery-id]")
    .evaluateAll((rows) => rows.map((each) => each.dataset.deliveryId));
const hash = (page) => page.evaluate(() => location.hash);
const search = (page) => page.getByRole("searchbox");

async function shows(page, ...deliveries) {
  const wanted = deliveries.map(({ deliveryId }) => deliveryId);
  await eventually(
    "the list shows them",
    async () => JSON.stringify(await shown(page)) === JSON.stringify(wanted),
  );
}

describe("the list", () => {
  test("is searched, narrowed and sorted, and the URL keeps it all", async () => {
    const now = Date.now();
    const slow = world.gateway.start({
      routeId: "1",
      courier: "José",
      start: now - 3,
      metersPerSecond: 1,
      eta: now + 900_000,
    });
    const fast = world.gateway.start({
      routeId: "2",
      courier: "moto-7",
      start: now - 2,
      metersPerSecond: 5,
      eta: now + 90_000,
    });
    const paused = world.gateway.start({ routeId: "1", courier: "moto-8", start: now - 1 });
    const page = await openPage();
    await inPhase(page, paused, "Running");
    await row(page, paused).getByRole("button", { name: "Pausar" }).click();
    await inPhase(page, paused, "Suspended");
    await shows(page, slow, fast, paused);

    await page.keyboard.press("/");
    await page.keyboard.type("moto PRIMEIRO");
    await shows(page, paused);
    await inTime(async () => assert.equal(await hash(page), "#?q=moto+PRIMEIRO"));
    await page.keyboard.press("Escape");
    await shows(page, slow, fast, paused);
    await search(page).fill("jose");
    await shows(page, slow);
    await search(page).fill("nobody");
    await page.getByText("Nenhuma entrega encontrada").waitFor();
    await search(page).fill("");

    await page.getByRole("button", { name: "Pausada 1" }).click();
    await shows(page, paused);
    await page.getByRole("button", { name: "Pausada 1" }).click();
    await page.getByLabel("Ordem").selectOption("eta");
    await shows(page, fast, slow, paused);
    await page.getByRole("button", { name: "Em rota 2" }).click();
    await row(page, slow).locator("[data-row]").click();
    await eventually("all is in the URL", async () => {
      return (await hash(page)) === `#?show=Running&sort=eta&follow=${slow.deliveryId}`;
    });
    await page.reload();
    await shows(page, fast, slow);
    await page.getByRole("button", { name: "Seguindo José na rota Primeiro" }).waitFor();
  });
});

describe("the link in an e-mail about a purchase", () => {
  const MARK = "7902699be42c";
  const followed = (page) => page.getByRole("button", { name: "Seguindo moto-7 na rota Segundo" });

  async function openLink() {
    const page = await openPage();
    await page.goto(`${world.gateway.url}#?q=${MARK}&follow=${MARK}`);
    await page.reload();
    return page;
  }

  test("opens the map with that delivery alone in the list, and followed", async () => {
    world.gateway.start({ routeId: "1", courier: "moto-8" });
    const bought = world.gateway.start({ routeId: "2", courier: "moto-7", name: `segundo-${MARK}` });
    const page = await openLink();
    await followed(page).waitFor();
    await shows(page, bought);
    await inTime(async () => assert.equal(await hash(page), `#?q=${MARK}&follow=${bought.deliveryId}`));
  });

  test("waits for a delivery that has not been accepted yet", async () => {
    world.gateway.start({ routeId: "1", courier: "moto-8" });
    const page = await openLink();
    await page.getByText("Nenhuma entrega encontrada").waitFor();
    world.gateway.start({ routeId: "2", courier: "moto-7", name: `segundo-${MARK}` });
    await followed(page).waitFor();
  });

  test("follows it too when it is opened in the tab in which the page is open already", async () => {
    const other = world.gateway.start({ routeId: "1", courier: "moto-8" });
    const page = await openPage();
    await inPhase(page, other, "Running");
    await page.goto(`${world.gateway.url}#?q=${MARK}&follow=${MARK}`);
    await page.getByText("Nenhuma entrega encontrada").waitFor();
    // Several frames arrive while nobody knows that delivery yet.
    await page.waitForTimeout(1_500);
    world.gateway.start({ routeId: "2", courier: "moto-7", name: `segundo-${MARK}` });
    await followed(page).waitFor();
  });
});

/** How many frames the page has time for in three seconds. */
const frames = (page) =>
  page.evaluate(
    () =>
      new Promise((resolve) => {
        let count = 0;
        const end = performance.now() + 3_000;
        const frame = () => {
          count += 1;
          if (performance.now() < end) requestAnimationFrame(frame);
          else resolve(count);
        };
        requestAnimationFrame(frame);
      }),
  );

describe(`${MANY} deliveries`, () => {
  test("are on the map and can be found, and the page answers", async (t) => {
    const page = await openPage();
    const empty = await frames(page);
    for (let index = 0; index < MANY; index += 1) {
      world.gateway.start({ routeId: String(1 + (index % 3)), courier: `moto-${index}`, metersPerSecond: 1 });
    }
    await eventually("all are drawn", async () => (await vehicles(page)) === String(MANY));
    // Software draws the map where there is no graphics card: one a second is a page that answers. The machine may be busy
    // for some seconds, but not always.
    await inTime(async () => {
      const full = await frames(page);
      t.diagnostic(`${full} frames in three seconds, beside ${empty} of the empty page`);
      assert.ok(full >= 3, `${full} frames, beside ${empty} of the empty page`);
    });
    await page
      .getByRole("button", { name: `Mostrar mais (${(MANY - 100).toLocaleString("pt-BR")})` })
      .waitFor();
    await inTime(async () => assert.equal((await shown(page)).length, 100));
    const begun = Date.now();
    await search(page).fill("moto-1999");
    await eventually("it is found", async () => (await shown(page)).length === 1);
    assert.ok(Date.now() - begun < 40_000, `${Date.now() - begun} ms to find one`);
    await page.locator("[data-rows] [data-row]").click();
    await page.getByRole("button", { name: "Seguindo moto-1999 na rota Segundo" }).waitFor();
  });
});
