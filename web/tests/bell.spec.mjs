// The built page in a real browser against the fake gateway and the fake services beside it: the bell with the notifications of who
// bought last. Run `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { beforeEach, describe, test } from "node:test";
import { DESKTOP, PHONE, eventually, newPage, openPage, steady, useWorld, world } from "./page.mjs";
import { makeShop } from "./shop.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const HTML = '<img src=x onerror="document.title = 1">';

let bought = null;

useWorld();
beforeEach(() => {
  world.gateway.shop = makeShop();
  bought = world.gateway.shop.buy({
    customer: { name: "Cliente 7", email: "cliente7@example.com" },
    items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }],
  });
});

/** A page of the browser with which that customer has bought before. */
async function openAsCustomer(options = {}) {
  const page = await newPage(options);
  const { id, name } = bought.customer;
  await page.addInitScript(
    (stored) => localStorage.setItem("code-delivery.recipient", stored),
    JSON.stringify({ id, name }),
  );
  await page.goto(world.gateway.url);
  await page.locator("[data-unread]").waitFor();
  return page;
}

const bell = (page) => page.getByRole("button", { name: /^Notificações de Cliente 7/ });
const panel = (page) => page.locator("[data-bell-panel]");
const notice = (page, { id }) => panel(page).locator(`[data-notice-id="${id}"]`);
const unread = (page, count) => page.waitForSelector(`[data-unread="${count}"]`);

describe("the bell", () => {
  test("is not there until somebody has bought, and belongs to who bought last, also after a reload", async () => {
    const page = await openPage();
    await page.getByRole("link", { name: "Compras", exact: true }).click();
    await page.getByLabel("Nome").fill("Cliente 8");
    await page.getByLabel("E-mail", { exact: true }).fill("cliente8@example.com");
    await page.getByLabel("Produto", { exact: true }).fill("café");
    await page.getByLabel("Preço unitário (R$)").fill("1");
    assert.equal(await page.locator("[data-unread]").count(), 0);
    await page.getByRole("button", { name: "Comprar" }).click();
    const eighth = page.getByRole("button", { name: /^Notificações de Cliente 8/ });
    await eighth.waitFor();
    await page.goto(world.gateway.url);
    await page.reload();
    await eighth.waitFor();
    const stored = await page.evaluate(() => localStorage.getItem("code-delivery.recipient"));
    const [{ customer }] = world.gateway.shop.purchases;
    assert.deepEqual(JSON.parse(stored), { id: customer.id, name: "Cliente 8" });
  });

  test("counts what is unread, and marks one read and unread again", async () => {
    const { shop } = world.gateway;
    const first = shop.tell(bought, "approved", "Sua compra foi aprovada.");
    const second = shop.tell(bought, "invoiced", "A nota 000.000.001 foi emitida.");
    const page = await openAsCustomer();
    await unread(page, 2);
    await page.getByRole("button", { name: "Notificações de Cliente 7: 2 não lidas" }).click();
    await notice(page, first).waitFor();
    assert.equal(await notice(page, second).getAttribute("data-read"), "false");
    await notice(page, second).getByRole("button", { name: "Marcar como lida" }).click();
    await unread(page, 1);
    assert.notEqual(second.readAt, undefined);
    await page.waitForSelector(`[data-notice-id="${second.id}"][data-read="true"]`);
    // The same button undoes it, and still has the focus.
    assert.equal(
      await page.evaluate(() => document.activeElement.closest("[data-notice-id]")?.dataset.noticeId),
      second.id,
    );
    await page.keyboard.press("Enter");
    await unread(page, 2);
    assert.equal(second.readAt, undefined);
    // What arrives while it is open is there soon.
    const third = shop.tell(bought, "accepted", "A entrega foi aceita.");
    await notice(page, third).waitFor();
    await unread(page, 3);
  });

  test("has cancelled notifications apart, which are not counted and cannot be marked", async () => {
    const { shop } = world.gateway;
    const canceled = shop.tell(bought, "approved", "Sua compra foi aprovada.");
    canceled.canceledAt = Date.now();
    shop.tell(bought, "invoiced", "A nota 000.000.001 foi emitida.");
    const page = await openAsCustomer();
    await unread(page, 1);
    await bell(page).click();
    await panel(page).getByRole("heading", { name: "Canceladas" }).waitFor();
    const row = panel(page).locator("[data-canceled]");
    assert.equal(await row.getAttribute("data-notice-id"), canceled.id);
    assert.equal(await row.getByRole("button").count(), 0);
    assert.equal(await panel(page).locator("[data-read]").count(), 1);
  });

  test("leads to the delivery of a notification, and nowhere that a stranger wrote", async () => {
    const { shop } = world.gateway;
    const name = shop.deliveryName(bought);
    world.gateway.start({ routeId: "2", name });
    const bad = shop.tell(bought, "approved", HTML, "javascript:document.title=1");
    const good = shop.tell(bought, "accepted", "A entrega foi aceita.", `/#/delivery/default/${name}`);
    const page = await openAsCustomer();
    await bell(page).click();
    await notice(page, bad).waitFor();
    assert.equal(await notice(page, bad).getByRole("link").count(), 0);
    assert.equal(await notice(page, bad).locator("img").count(), 0);
    assert.ok((await notice(page, bad).innerText()).includes(HTML));
    await notice(page, good).getByRole("link", { name: "Abrir" }).click();
    await page.waitForSelector('[data-delivery-state="shown"]');
    await panel(page).waitFor({ state: "detached" });
  });

  test("is used with the keyboard: opens, takes the focus, closes with Escape and gives it back", async () => {
    world.gateway.shop.tell(bought, "approved", "Sua compra foi aprovada.");
    const page = await openAsCustomer();
    await bell(page).focus();
    assert.equal(await bell(page).getAttribute("aria-expanded"), "false");
    await page.keyboard.press("Enter");
    await panel(page).waitFor();
    assert.equal(await bell(page).getAttribute("aria-expanded"), "true");
    await eventually("the panel has the focus", () =>
      page.evaluate(() => document.activeElement.hasAttribute("data-bell-panel")),
    );
    await panel(page).getByRole("button", { name: "Marcar como lida" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.match(await page.evaluate(() => document.activeElement.textContent), /Marcar como lida/);
    await page.keyboard.press("Escape");
    await panel(page).waitFor({ state: "detached" });
    assert.match(
      await page.evaluate(() => document.activeElement.getAttribute("aria-label")),
      /^Notificações/,
    );
    // It also closes when the focus or the pointer goes on to the page.
    await page.keyboard.press("Enter");
    await panel(page).waitFor();
    // Without routes it can have no focus.
    await page.locator("select[name=route]:enabled").focus();
    await panel(page).waitFor({ state: "detached" });
    await bell(page).click();
    await panel(page).waitFor();
    await page.mouse.click(600, 600);
    await panel(page).waitFor({ state: "detached" });
  });

  test("asks only when the gateway tells it to, also over a new connection", async () => {
    const { gateway } = world;
    const { shop } = gateway;
    const page = await openAsCustomer();
    await unread(page, 0);
    await bell(page).click();
    await panel(page).waitFor();
    const counts = () => shop.asked.filter((asked) => asked.includes("/count/from/")).length;
    // Whoever is not told by the gateway asks every two seconds.
    const isTold = () => steady("it does not ask by itself", 3_000, counts);
    // By itself the page would know in the end, too: it asks once a minute.
    const soon = { timeout: 40_000 };
    const before = await isTold();
    // Nothing is to happen: long enough for whoever asks every two seconds.
    await page.waitForTimeout(5_000);
    assert.equal(counts(), before);
    const first = shop.tell(bought, "approved", "Sua compra foi aprovada.");
    await notice(page, first).waitFor(soon);
    await unread(page, 1);
    shop.tell({ id: "p8", customer: { id: "c8" } }, "approved", "Another customer's.");
    // It is not to ask for another one's.
    await page.waitForTimeout(1_000);
    assert.equal(counts(), before + 1);
    gateway.listening = false;
    gateway.cut();
    await page.waitForSelector('[data-connection="reconnecting"]');
    const second = shop.tell(bought, "invoiced", "A nota 000.000.001 foi emitida.");
    await notice(page, second).waitFor();
    gateway.listening = true;
    await page.waitForSelector('[data-connection="open"]');
    await eventually("it listens again", () =>
      Promise.resolve(gateway.received.filter(({ event }) => event === "notifications").length > 1),
    );
    await isTold();
    const third = shop.tell(bought, "accepted", "A entrega foi aceita.");
    await notice(page, third).waitFor(soon);
    await unread(page, 3);
  });

  test("asks from time to time where the gateway does not relay, and says nothing of it", async () => {
    world.gateway.relays = false;
    const { shop } = world.gateway;
    const page = await openAsCustomer();
    await unread(page, 0);
    await bell(page).click();
    await panel(page).waitFor();
    await notice(page, shop.tell(bought, "approved", "Sua compra foi aprovada.")).waitFor();
    await unread(page, 1);
    assert.equal(await page.locator("[data-tone]").count(), 0);
  });

  test("says that the service is away, keeps what it knows, and goes on by itself", async () => {
    world.gateway.relays = false;
    const { shop } = world.gateway;
    const told = shop.tell(bought, "approved", "Sua compra foi aprovada.");
    const page = await openAsCustomer();
    await bell(page).click();
    await notice(page, told).waitFor();
    shop.away.add("notifications");
    await panel(page).getByText("O serviço de notificações não responde.").waitFor();
    await notice(page, told).getByRole("button").click();
    await panel(page).getByText("O serviço de notificações não respondeu. Tente de novo.").waitFor();
    shop.away.clear();
    await notice(page, told).getByRole("button").click();
    await unread(page, 0);
    await eventually(
      "it says nothing any more",
      async () => (await panel(page).getByRole("status").innerText()) === "",
    );
  });

  for (const [what, without] of [
    ["nothing is sold", () => (world.gateway.shop = null)],
    ["nobody notifies", () => world.gateway.shop.absent.add("notifications")],
  ]) {
    test(`is not there where ${what}`, async () => {
      without();
      const page = await newPage();
      await page.addInitScript(() =>
        localStorage.setItem("code-delivery.recipient", '{"id":"c7","name":"Cliente 7"}'),
      );
      await page.goto(world.gateway.url);
      await page.waitForSelector('[data-connection="open"]');
      // Nothing is to appear, whatever is still on its way.
      await page.waitForTimeout(1_000);
      assert.equal(await bell(page).count(), 0);
    });
  }

  for (const [name, options] of [
    ["a desktop", { viewport: DESKTOP }],
    ["a phone in the dark", { viewport: PHONE, hasTouch: true, colorScheme: "dark" }],
    ["a phone", { viewport: PHONE, hasTouch: true }],
  ]) {
    test(`fits on ${name}, without an accessibility violation by axe`, async () => {
      const { shop } = world.gateway;
      const name = shop.deliveryName(bought);
      shop.tell(bought, "approved", `Sua compra ${"muitolongasemespaços".repeat(9)}`);
      shop.tell(bought, "accepted", "A entrega foi aceita.", `/#/delivery/default/${name}`).readAt = 1;
      shop.tell(bought, "failed", "A entrega falhou.").canceledAt = 1;
      const page = await openAsCustomer(options);
      await unread(page, 1);
      const { width } = options.viewport;
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await bell(page).click();
      await panel(page).locator("[data-canceled]").waitFor();
      const box = await panel(page).boundingBox();
      assert.ok(box.x >= 0 && box.x + box.width <= width, JSON.stringify(box));
      assert.equal(await panel(page).evaluate((each) => each.scrollWidth > each.clientWidth), false);
      const violations = await page.evaluate(`(async () => { ${AXE}
        const { violations } = await axe.run();
        return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
      })()`);
      assert.deepEqual(violations, []);
    });
  }
});
