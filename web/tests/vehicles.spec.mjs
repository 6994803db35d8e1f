// The built page in a real browser against the fake gateway: the vehicles on the map. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { atRest, eventually, inPhase, openPage, row, useWorld, vehicles, world } from "./page.mjs";

useWorld();

const map = (page) => page.locator("[data-vehicles]");
const card = (page) => page.locator("[data-card]");
/** The crowds on the map: how many vehicles, and where on the map in pixels. */
async function crowds(page) {
  const text = (await map(page).getAttribute("data-crowds")) ?? "";
  return text
    .split(" ")
    .filter(Boolean)
    .map((each) => each.split(/[@,]/).map(Number));
}
const fanned = async (page) => Number(await map(page).getAttribute("data-fanned"));

/** A place of the map, in pixels of the page. */
async function onPage(page, x, y) {
  const box = await map(page).boundingBox();
  return [box.x + x, box.y + y];
}

/** Where a delivery's vehicle is drawn, in pixels of the page. Only for a map that is not turned. */
async function placeOf(page, { position: [lng, lat] }) {
  const [west, south, east, north] = (await map(page).getAttribute("data-area")).split(",").map(Number);
  const box = await map(page).boundingBox();
  const mercator = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360));
  const x = ((lng - west) / (east - west)) * box.width;
  const y = ((mercator(north) - mercator(lat)) / (mercator(north) - mercator(south))) * box.height;
  return [box.x + x, box.y + y];
}

/** A vehicle that stands still after its first position. */
function parked(options) {
  return world.gateway.start({ metersPerSecond: 0, ...options });
}

describe("a vehicle on the map", () => {
  test("shows a card to the pointer, with a link to its page; the pointer can reach it", async () => {
    const delivery = parked({ routeId: "1", courier: "moto-7", vehicle: "motorcycle" });
    parked({ routeId: "2", courier: "moto-8" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await eventually("they are drawn", async () => (await vehicles(page)) === "2");
    await atRest(page);
    assert.equal(await card(page).count(), 0);
    const opens = () =>
      eventually("the card opens", async () => {
        const [x, y] = await placeOf(page, delivery);
        await page.mouse.move(x - 3, y);
        await page.mouse.move(x, y);
        return (await card(page).count()) === 1;
      });
    await opens();
    assert.equal(await card(page).getAttribute("data-card"), delivery.deliveryId);
    assert.match(await card(page).innerText(), /moto-7[\s\S]*Primeiro · Moto · primeiro-1[\s\S]*0%/);
    // On its way there the pointer is over neither, and a slow machine may take longer for it than the card stays.
    await eventually("the pointer is on the card", async () => {
      await opens();
      const box = await card(page).boundingBox();
      if (box === null) return false;
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 2 });
      // It is not to close: longer than it stays by itself.
      await page.waitForTimeout(600);
      return (await card(page).count()) === 1;
    });
    await card(page).locator("a").click();
    await page.waitForSelector('[data-delivery-state="shown"]');
  });

  test("shows its card while its row has the keyboard's focus", async () => {
    const delivery = parked({ routeId: "1", courier: "moto-7" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await eventually("it is drawn", async () => (await vehicles(page)) === "1");
    await page.keyboard.press("Tab");
    await row(page, delivery).locator("[data-row]").focus();
    await card(page).waitFor();
    assert.match(await card(page).innerText(), /moto-7/);
    await page.keyboard.press("Tab");
    await card(page).waitFor({ state: "detached" });
  });
});

describe("vehicles on top of each other", () => {
  test("are a count, which fans them out, and a fanned one can be followed", async () => {
    const couriers = ["moto-1", "moto-2", "moto-3"];
    // Those that started at the same time would be in any order.
    const now = Date.now();
    couriers.forEach((courier, index) => parked({ routeId: "1", courier, start: now - 10 + index }));
    parked({ routeId: "2", courier: "moto-4" });
    const page = await openPage();
    await eventually("they are drawn", async () => (await vehicles(page)) === "4");
    await atRest(page);
    const [[count, x, y]] = await eventually("there is one crowd", async () => {
      const found = await crowds(page);
      return found.length === 1 ? found : null;
    });
    assert.equal(count, 3);
    assert.equal(await fanned(page), 0);
    await eventually("they fan out", async () => {
      // The count is at the upper right of the vehicles; a count that is not drawn yet takes no click.
      if ((await crowds(page)).length > 0) await page.mouse.click(...(await onPage(page, x + 16, y - 14)));
      return (await fanned(page)) === 3;
    });
    assert.deepEqual(await crowds(page), []);
    assert.equal(await page.locator('[data-followed="true"]').count(), 0);
    // The first of the fan is above its place.
    await eventually("the fan is drawn", async () => {
      await page.mouse.move(...(await onPage(page, x - 2, y - 36)));
      await page.mouse.move(...(await onPage(page, x, y - 36)));
      return (await card(page).count()) === 1;
    });
    assert.match(await card(page).innerText(), /moto-1/);
    await page.mouse.click(...(await onPage(page, x, y - 36)));
    await page.getByRole("button", { name: "Seguindo moto-1 na rota Primeiro" }).waitFor();
    await eventually("the fan is closed", async () => (await fanned(page)) === 0);
  });

  test("that are apart have no count", async () => {
    for (const routeId of ["1", "2", "3"]) parked({ routeId });
    const page = await openPage();
    await eventually("they are drawn", async () => (await vehicles(page)) === "3");
    await eventually(
      "crowds were looked for",
      async () => (await map(page).getAttribute("data-crowds")) !== null,
    );
    await atRest(page);
    assert.deepEqual(await crowds(page), []);
  });
});
