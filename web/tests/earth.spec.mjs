// The built page in a real browser against the fake gateway: routes anywhere on the earth, names in any script, colours of the
// user's own. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DESKTOP, atRest, eventually, inPhase, openPage, row, useWorld, vehicles, world } from "./page.mjs";
import { NORTH_POLE, TAVEUNI } from "./routes.mjs";

useWorld();

/** What the map shows: west, south, east, north. */
async function viewOf(page) {
  const text = await page.locator("[data-area]").getAttribute("data-area");
  return text.split(",").map(Number);
}

describe("a route across the 180th meridian", () => {
  const isNear = ([west, , east], lng) => Math.abs((((west + east) / 2 - lng + 540) % 360) - 180) < 0.05;

  test("is fitted and followed as any other", async () => {
    world.gateway.routes = [TAVEUNI];
    const page = await openPage();
    const delivery = world.gateway.start({ routeId: "9", metersPerSecond: 70 });
    await inPhase(page, delivery, "Running");
    // It waits until it is followed: on a slow machine it would have crossed before.
    delivery.silent = true;
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    await eventually("the view is the route's, not the world's", async () => {
      const view = await viewOf(page);
      return view[2] - view[0] < 0.2 && isNear(view, 180);
    });
    await row(page, delivery).locator("[data-row]").click();
    delivery.silent = false;
    let crossed = false;
    await eventually("it has crossed and is still in the middle", async () => {
      const { lng, phase } = await row(page, delivery).evaluate((element) => ({ ...element.dataset }));
      assert.equal(phase, "Running");
      crossed ||= Number(lng) < 0;
      return crossed && isNear(await viewOf(page), Number(lng));
    });
  });
});

describe("a route to a pole", () => {
  test("is shown and followed at the edge of the map, which ends before", async () => {
    world.gateway.routes = [NORTH_POLE];
    const delivery = world.gateway.start({ routeId: "10", metersPerSecond: 5 });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    const isAtTheEdge = ([west, south, east, north]) =>
      east - west < 5 && west < 20 && east > 20 && south > 80 && north < 90;
    await eventually("the view is at the edge", async () => isAtTheEdge(await viewOf(page)));
    await row(page, delivery).locator("[data-row]").click();
    await eventually(
      "it is followed",
      async () => (await row(page, delivery).getAttribute("data-followed")) === "true",
    );
    // To where it is, the view would have moved by then.
    await atRest(page);
    assert.equal(await row(page, delivery).getAttribute("data-followed"), "true");
    assert.ok(isAtTheEdge(await viewOf(page)), `${await viewOf(page)}`);
  });
});

describe("names", () => {
  test("in any direction stay apart from the words around them", async () => {
    const courier = "משה \u202etfarc";
    const delivery = world.gateway.start({ routeId: "1", title: "طريق الملك", courier });
    const page = await openPage({ locale: "en-US" });
    await inPhase(page, delivery, "Running");
    const title = row(page, delivery).locator("[dir=auto]");
    assert.equal(await title.innerText(), courier);
    assert.equal(await title.evaluate((element) => getComputedStyle(element).direction), "rtl");
    const details = row(page, delivery).locator("bdi");
    assert.deepEqual(await details.allInnerTexts(), ["طريق الملك", "primeiro-1"]);
    await row(page, delivery)
      .getByRole("button", { name: `Cancel: \u2068${courier}\u2069 on \u2068طريق الملك\u2069` })
      .waitFor();
  });
});

describe("a user with colours of their own", () => {
  test("gets a light page or a dark one, as the browser prefers", async () => {
    const shades = [];
    for (const colorScheme of ["light", "dark"]) {
      const page = await openPage({ colorScheme, viewport: DESKTOP });
      const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      // Of grey, any of the three says how bright it is.
      shades.push(Number(/\d+/.exec(colour)[0]));
    }
    assert.ok(shades[0] > 200 && shades[1] < 60, `${shades}`);
  });

  test("sees buttons, what is chosen, and progress", async () => {
    const delivery = world.gateway.start({ routeId: "1", courier: "moto-7" });
    const page = await openPage({ forcedColors: "active", viewport: DESKTOP });
    await inPhase(page, delivery, "Running");
    const style = (locator, property) =>
      locator.first().evaluate((element, name) => getComputedStyle(element)[name], property);
    const chosen = page.getByRole("button", { name: "PT", exact: true });
    const other = page.getByRole("button", { name: "EN", exact: true });
    assert.notEqual(await style(chosen, "backgroundColor"), await style(other, "backgroundColor"));
    const views = page.getByRole("navigation").getByRole("link");
    assert.notEqual(
      await style(views.nth(0), "backgroundColor"),
      await style(views.nth(1), "backgroundColor"),
    );
    for (const button of [
      page.getByRole("button", { name: "Iniciar entrega" }),
      row(page, delivery).getByRole("button"),
    ])
      assert.equal(await style(button, "borderTopWidth"), "1px");
    const bar = row(page, delivery).getByRole("progressbar");
    assert.equal(await style(bar, "borderTopWidth"), "1px");
    assert.notEqual(await style(bar.locator("span"), "backgroundColor"), await style(bar, "backgroundColor"));
  });
});
