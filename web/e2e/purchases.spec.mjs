// The purchases view against the real services, at BASE_URL, where the entrance joins them to the gateway. A user buys something, sees its whole way, opens the PDF, the delivery and the bell. PURCHASES_SCREENSHOT, if set, is the path
// of a screenshot to take.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../tests/browser.mjs";

const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:30080";
/** An invoice and its e-mail take seconds; a pod must be scheduled before a delivery is under way. */
const TO_ARRIVE = 180_000;
const TO_HAPPEN = 60_000;
const STEPS = ["purchase", "topic", "invoice", "email", "delivery", "notification"];

let browser;
let page;

before(async () => {
  browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "pt-BR",
    colorScheme: "dark",
  });
  page = await context.newPage();
  page.setDefaultTimeout(TO_HAPPEN);
});
after(() => browser.close());

test("a purchase that is made in the page goes its whole way", async (t) => {
  const name = `Cliente ${Date.now()}`;
  const address = `cliente${Date.now()}@example.com`;
  const product = '<b>café</b> "forte" 🛵';
  let id;

  await t.test("the view is offered where purchases are sold", async () => {
    await page.goto(BASE_URL);
    await page.getByRole("link", { name: "Compras", exact: true }).click();
    await page.waitForSelector('[data-shop="present"]');
  });

  await t.test("the form makes a purchase", async () => {
    await page.getByLabel("Nome").fill(name);
    await page.getByLabel("E-mail", { exact: true }).fill(address);
    await page.getByLabel("Produto", { exact: true }).fill(product);
    await page.getByLabel("Quantidade").fill("2");
    await page.getByLabel("Preço unitário (R$)").fill("19,90");
    await page.getByLabel("Entregar na rota").selectOption("2");
    await page.getByRole("button", { name: "Comprar" }).click();
    await page.getByText(`Compra de ${name} registrada`).waitFor();
    const row = page.locator("[data-purchase-id]", { hasText: name });
    id = await row.getAttribute("data-purchase-id");
    assert.ok((await row.innerText()).includes(product), "HTML is text");
  });

  await t.test("every step is done, with its time", async () => {
    for (const step of STEPS) {
      const selector = `[data-purchase-id="${id}"] [data-step="${step}"][data-step-state="done"]`;
      // A service that tells of a step may be asked before the one that says when the step before it was done.
      const timed = page.locator(selector, { hasText: /\d\d:\d\d:\d\d/ });
      await timed.waitFor({ timeout: TO_ARRIVE });
    }
    const email = page.locator(`[data-purchase-id="${id}"] [data-step="email"]`);
    await email.getByText("Chegou ao servidor de e-mail").waitFor();
  });

  await t.test("a screenshot is taken", { skip: !process.env.PURCHASES_SCREENSHOT }, async () => {
    await page.screenshot({ path: process.env.PURCHASES_SCREENSHOT });
  });

  await t.test("its invoice is a PDF", async () => {
    const href = await page.locator(`[data-purchase-id="${id}"] [data-pdf]`).getAttribute("href");
    const response = await page.request.get(href);
    assert.equal(response.headers()["content-type"], "application/pdf");
    assert.equal((await response.body()).subarray(0, 5).toString(), "%PDF-");
  });

  await t.test("its news are in the bell, and can be read", async () => {
    await page.getByRole("button", { name: new RegExp(`^Notificações de ${name}`) }).click();
    const panel = page.locator("[data-bell-panel]");
    const notice = await panel.locator('[data-read="false"]').first().getAttribute("data-notice-id");
    // By its id: the next news would be the first.
    const unread = panel.locator(`[data-notice-id="${notice}"]`);
    await unread.getByRole("button", { name: "Marcar como lida" }).click();
    await page.waitForSelector(`[data-notice-id="${notice}"][data-read="true"]`);
    // It is stored, and not only shown.
    await page.reload();
    await page.getByRole("button", { name: new RegExp(`^Notificações de ${name}`) }).click();
    await page.waitForSelector(`[data-notice-id="${notice}"][data-read="true"]`);
    await page.keyboard.press("Escape");
  });

  await t.test("its delivery has a page", async () => {
    const step = page.locator(`[data-purchase-id="${id}"] [data-step="delivery"]`);
    await step.getByRole("link", { name: "Abrir a entrega" }).click();
    await page.waitForSelector('[data-delivery-state="shown"]');
  });
});
