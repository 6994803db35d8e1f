// The built page in a real browser against the fake gateway: the past deliveries below the list. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PHONE, eventually, inPhase, inTime, openPage, row, useWorld, world } from "./page.mjs";

useWorld();

const past = (page) => page.locator("[data-past-id]");
const open = (page) => page.getByRole("button", { name: "Mostrar entregas passadas" }).click();

describe("past deliveries", () => {
  test("are shown on request, newest first, and more of them on request", async () => {
    const page = await openPage();
    assert.equal(await past(page).count(), 0);
    await open(page);
    await eventually("the first page is there", async () => (await past(page).count()) === 30);
    assert.equal(await past(page).first().getAttribute("data-past-id"), "past-0");
    // What is out of sight is not laid out, and has no text until it is.
    await past(page).first().scrollIntoViewIfNeeded();
    await inTime(async () => {
      const text = await past(page).first().innerText();
      assert.match(text, /moto-1[\s\S]*Finalizada[\s\S]*Primeiro · Moto · primeiro-0[\s\S]*\d\d:\d\d/);
    });
    await page.getByRole("button", { name: "Carregar mais antigas" }).click();
    await eventually("all are there", async () => (await past(page).count()) === 60);
    assert.equal(await page.getByRole("button", { name: "Carregar mais antigas" }).count(), 0);
    await page.getByRole("button", { name: "Ocultar entregas passadas" }).click();
    await eventually("all are gone", async () => (await past(page).count()) === 0);
  });

  test("are links to their pages", async () => {
    const page = await openPage();
    await open(page);
    await past(page).first().getByRole("link").click();
    await page.waitForSelector('[data-delivery-state="shown"]');
    assert.equal(await page.evaluate(() => location.hash), "#/delivery/default/primeiro-0?id=past-0");
  });

  test("do not repeat what has just ended above, and obey the search", async () => {
    const delivery = world.gateway.start({ routeId: "2", metersPerSecond: 20_000 });
    const page = await openPage();
    await inPhase(page, delivery, "Finished");
    await open(page);
    await eventually("they are there", async () => (await past(page).count()) > 0);
    assert.equal(await row(page, delivery).count(), 1);
    assert.equal(await page.locator(`[data-past-id="${delivery.deliveryId}"]`).count(), 0);
    await page.goto(`${world.gateway.url}/#?q=segundo`);
    await eventually("only the found ones are left", async () => {
      const texts = await past(page).allInnerTexts();
      return texts.length > 0 && texts.every((text) => /segundo/i.test(text));
    });
  });

  test("are one Tab stop, with the arrows from row to row, also on a phone", async () => {
    const page = await openPage({ viewport: PHONE, locale: "en-US" });
    await page.getByRole("button", { name: "Show past deliveries" }).focus();
    await page.keyboard.press("Enter");
    await past(page).first().waitFor();
    const focused = () => page.evaluate(() => document.activeElement.closest("li")?.dataset.pastId);
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "past-0");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "past-1");
    await page.keyboard.press("End");
    assert.equal(await focused(), "past-29");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), undefined);
    await page.keyboard.press("Enter");
    await eventually("more are there", async () => (await past(page).count()) === 60);
    assert.equal(await focused(), "past-29", "the button is gone, and the focus is not");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "past-30");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
  });

  test("are said to be missing while the gateway is away, and come by themselves", async () => {
    world.gateway.intercept = (pathname, response) => {
      if (pathname !== "/deliveries") return false;
      response.destroy();
      return true;
    };
    const page = await openPage();
    await open(page);
    await page.getByText("Não foi possível carregar as entregas passadas").waitFor();
    world.gateway.intercept = () => false;
    await eventually("they are there", async () => (await past(page).count()) === 30);
  });

  test("are not said to be none while the store is away, and what is known stays", async () => {
    const page = await openPage();
    await open(page);
    await eventually("they are there", async () => (await past(page).count()) === 30);
    world.gateway.setStatus({ kafka: "available", deliveryStore: "unavailable" });
    await page.getByRole("button", { name: "Carregar mais antigas" }).click();
    await page.getByText("Não foi possível carregar as entregas passadas").waitFor();
    assert.equal(await past(page).count(), 30);
    await page.getByRole("button", { name: "Ocultar entregas passadas" }).click();
    await open(page);
    await page.getByText("Não foi possível carregar as entregas passadas").waitFor();
    assert.equal(await page.getByText("Ainda não há entregas passadas").count(), 0);
    world.gateway.setStatus({ kafka: "available", deliveryStore: "available" });
    await eventually("they are back", async () => (await past(page).count()) === 30);
  });

  test("are not offered where none are kept", async () => {
    world.gateway.status = { kafka: "available", deliveryStore: "off" };
    const page = await openPage();
    await page.getByText("As entregas passadas não são guardadas").waitFor();
    assert.equal(await page.getByRole("button", { name: "Mostrar entregas passadas" }).count(), 0);
  });
});
