// The built page in a real browser against the fake gateway and the fake services beside it: the purchases view. Run
// `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { beforeEach, describe, test } from "node:test";
import { DESKTOP, PHONE, eventually, inTime, newPage, openPage, steady, useWorld, world } from "./page.mjs";
import { makeShop } from "./shop.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const HTML = '<img src=x onerror="document.title = 1"><b>café</b>';

useWorld();
beforeEach(() => {
  world.gateway.shop = makeShop();
});

const CUSTOMER = { name: "Cliente 7", email: "cliente7@example.com" };
const ORDER = { customer: CUSTOMER, items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }] };

async function openPurchases(options = {}) {
  const page = await newPage(options);
  await page.goto(`${world.gateway.url}/#/purchases`);
  await page.waitForSelector('[data-shop="present"]');
  return page;
}

async function fill(
  page,
  { name = CUSTOMER.name, email = CUSTOMER.email, product = "café", price = "19,90" },
) {
  await page.getByLabel("Nome").fill(name);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("Produto", { exact: true }).fill(product);
  await page.getByLabel("Quantidade").fill("2");
  await page.getByLabel("Preço unitário (R$)").fill(price);
}

const buy = (page) => page.getByRole("button", { name: "Comprar" }).click();
const purchase = (page, { id }) => page.locator(`[data-purchase-id="${id}"]`);
const step = (page, bought, key) => purchase(page, bought).locator(`[data-step="${key}"]`);
const says = (page, bought, key, what) =>
  inTime(async () => assert.match(await step(page, bought, key).innerText(), what));
const stateOf = (page, bought, key) => step(page, bought, key).getAttribute("data-step-state");
const inState = (page, bought, key, state) =>
  eventually(`the step ${key} is ${state}`, async () => (await stateOf(page, bought, key)) === state);
const entry = (page) => page.getByRole("link", { name: "Compras", exact: true });
const asked = (part) => world.gateway.shop.asked.filter((each) => each.includes(part));
/** Spaces in amounts do not break. */
const plain = (text) => text.replaceAll("\u00a0", " ");

describe("the entry of the purchases view", () => {
  test("is there where purchases are sold, and the view is loaded when it is opened", async () => {
    const scripts = [];
    const page = await newPage();
    page.on("request", (request) => scripts.push(request.url()));
    await page.goto(world.gateway.url);
    await entry(page).waitFor();
    const isView = (url) => /PurchasesView/.test(url);
    assert.equal(scripts.some(isView), false);
    assert.deepEqual(world.gateway.shop.asked, ["GET /api/purchases"]);
    await entry(page).click();
    await page.waitForSelector('[data-shop="present"]');
    assert.ok(scripts.some(isView));
    assert.equal(await entry(page).getAttribute("aria-current"), "page");
    await inTime(async () => assert.match(await page.title(), /^Compras/));
  });

  test("is not there when the gateway serves the page alone, and the view says why it is empty", async () => {
    world.gateway.shop = null;
    const page = await openPage();
    // Nothing is to appear, whatever is still on its way.
    await page.waitForTimeout(500);
    assert.equal(await entry(page).count(), 0);
    await page.goto(`${world.gateway.url}/#/purchases`);
    await page.waitForSelector('[data-shop="absent"]');
    await page.getByText("Neste endereço não há um serviço de compras").waitFor();
    await page.getByText("endereço da entrada").waitFor();
    assert.equal(await page.getByRole("button", { name: "Comprar" }).count(), 0);
  });

  test("appears once a service that was away answers", async () => {
    world.gateway.shop.away.add("purchases");
    const page = await newPage();
    await page.goto(`${world.gateway.url}/#/purchases`);
    await page.getByText("O serviço de compras não responde. A página tenta de novo").waitFor();
    assert.equal(await entry(page).count(), 0);
    world.gateway.shop.away.clear();
    await entry(page).waitFor();
    await page.getByRole("button", { name: "Comprar" }).waitFor();
  });
});

describe("a purchase", () => {
  test("goes its whole way before one's eyes, to the delivery and the news of it", async () => {
    const page = await openPurchases();
    await fill(page, {});
    await page.getByLabel("Entregar na rota").selectOption("2");
    await inTime(async () =>
      assert.equal(plain(await page.locator("output[name=total]").innerText()), "R$ 39,80"),
    );
    await buy(page);
    await page.getByText("Compra de Cliente 7 registrada").waitFor();
    const { shop } = world.gateway;
    assert.deepEqual(shop.orders[0].body, {
      customer: { ...CUSTOMER, language: "pt-BR" },
      items: [{ product: "café", quantity: 2, unitPriceCents: 1_990 }],
      deliverTo: { routeId: "2" },
    });
    assert.match(shop.orders[0].key, /^[0-9a-f]{32}$/);
    const [bought] = shop.purchases;
    await inState(page, bought, "purchase", "waiting");
    await inState(page, bought, "invoice", "later");

    shop.approve(bought);
    await inState(page, bought, "purchase", "done");
    await inState(page, bought, "topic", "waiting");
    shop.publish(bought);
    await inState(page, bought, "topic", "done");
    await inState(page, bought, "invoice", "waiting");
    await says(page, bought, "invoice", /espera no tópico compra/);
    shop.issue(bought);
    await inState(page, bought, "invoice", "done");
    await says(page, bought, "invoice", /\d\d:\d\d:\d\d[\s\S]*Nota 000\.000\.001, série 1\./);
    const pdf = await step(page, bought, "invoice").locator("[data-pdf]").getAttribute("href");
    assert.equal(pdf, `${world.gateway.url}/api/invoices/${bought.id}.pdf`);
    await inState(page, bought, "email", "waiting");
    shop.send(bought);
    await inState(page, bought, "email", "done");
    await eventually("the mail has arrived", async () =>
      (await step(page, bought, "email").innerText()).includes("Chegou ao servidor de e-mail"),
    );
    await page.locator("[data-mail]", { hasText: "Nota fiscal 000.000.001" }).waitFor();

    const name = shop.deliveryName(bought);
    await inState(page, bought, "delivery", "waiting");
    world.gateway.start({ routeId: "2", name });
    await inState(page, bought, "delivery", "done");
    await eventually("it is under way", async () =>
      (await step(page, bought, "delivery").innerText()).includes("Em rota"),
    );
    await eventually("the invoice is told", async () =>
      (await step(page, bought, "notification").innerText()).includes("A nota 000.000.001 foi emitida."),
    );
    await step(page, bought, "delivery").getByRole("link", { name: "Abrir a entrega" }).click();
    await page.waitForSelector('[data-delivery-state="shown"]');
    assert.equal(await page.evaluate(() => location.hash), `#/delivery/default/${name}`);
  });

  test("whose answer was lost is one purchase when it is sent again; the next one is another", async () => {
    const { shop } = world.gateway;
    shop.lost = 1;
    const page = await openPurchases();
    await fill(page, {});
    await buy(page);
    await page.getByText("O serviço de compras não respondeu. Tente de novo").waitFor();
    await buy(page);
    await page.getByText("Compra de Cliente 7 registrada").waitFor();
    assert.equal(shop.purchases.length, 1);
    assert.equal(shop.orders[0].key, shop.orders[1].key);
    assert.equal(await page.getByLabel("Produto", { exact: true }).inputValue(), "");
    await fill(page, { product: "chá" });
    await buy(page);
    await eventually("there are two", () => shop.purchases.length === 2);
    assert.notEqual(shop.orders[2].key, shop.orders[0].key);
  });

  test("whose form was changed after its answer was lost is told apart, and begun anew if that is wanted", async () => {
    const { shop } = world.gateway;
    shop.lost = 1;
    const page = await openPurchases();
    await fill(page, {});
    await buy(page);
    await page.getByText("O serviço de compras não respondeu. Tente de novo").waitFor();
    assert.equal(await page.getByRole("button", { name: "Começar outra compra" }).count(), 0);
    await fill(page, { product: "chá" });
    await buy(page);
    await page.getByText("Este formulário já fez uma compra com outros dados").waitFor();
    assert.equal(shop.purchases.length, 1);
    await page.getByRole("button", { name: "Começar outra compra" }).click();
    await buy(page);
    await eventually("there are two", () => shop.purchases.length === 2);
    assert.equal(shop.purchases[0].items[0].product, "chá");
  });

  test("with a wrong field is not sent; each fault is a sentence at its field, and the first has the focus", async () => {
    const page = await openPurchases();
    await fill(page, { name: "", email: "ninguém", price: "19,905" });
    await buy(page);
    const email = page.getByLabel("E-mail", { exact: true });
    await inTime(async () => {
      assert.equal(await page.evaluate(() => document.activeElement.name), "name");
      assert.equal(await email.getAttribute("aria-invalid"), "true");
    });
    const fault = await email.evaluate(
      (input) => document.getElementById(input.getAttribute("aria-describedby")).textContent,
    );
    assert.match(fault, /Escreva um endereço de e-mail/);
    await page.getByText("no máximo dois decimais").waitFor();
    assert.deepEqual(world.gateway.shop.orders, []);
    await fill(page, {});
    await buy(page);
    await page.getByText("Compra de Cliente 7 registrada").waitFor();
    assert.equal(await page.locator('[aria-invalid="true"]').count(), 0);
  });

  test("of several products has their sum, and loses one that is removed", async () => {
    const page = await openPurchases();
    await fill(page, {});
    await page.getByRole("button", { name: "Adicionar produto" }).click();
    const second = page.getByRole("group", { name: "Produto 2" });
    await second.getByLabel("Produto", { exact: true }).fill("chá");
    await second.getByLabel("Preço unitário (R$)").fill("0,05");
    const total = async () => plain(await page.locator("output[name=total]").innerText());
    await inTime(async () => assert.equal(await total(), "R$ 39,85"));
    await page.getByRole("button", { name: "Remover Produto 1" }).click();
    await inTime(async () => assert.equal(await total(), "R$ 0,05"));
    await buy(page);
    await eventually("it is bought", () => world.gateway.shop.purchases.length === 1);
    assert.deepEqual(world.gateway.shop.orders[0].body.items, [
      { product: "chá", quantity: 1, unitPriceCents: 5 },
    ]);
    assert.equal("deliverTo" in world.gateway.shop.orders[0].body, false);
  });

  test("that is refused says why, in the page's language", async () => {
    world.gateway.shop.refusal = "NewReason";
    const page = await openPurchases({ locale: "en-US" });
    await page.getByLabel("Name").fill("Customer 7");
    await page.getByLabel("E-mail", { exact: true }).fill("customer7@example.com");
    await page.getByLabel("Product", { exact: true }).fill("coffee");
    await page.getByLabel("Unit price (R$)").fill("19.90");
    await page.getByRole("button", { name: "Buy" }).click();
    await page.getByText("The purchases service refused the purchase (NewReason).").waitFor();
    assert.equal(await page.getByText("Because of").count(), 0);
  });

  test("with HTML in a product's and a customer's name shows it as text", async () => {
    const bought = world.gateway.shop.buy({
      customer: { name: HTML, email: "html@example.com" },
      items: [{ product: HTML, quantity: 1, unitPriceCents: 1 }],
    });
    world.gateway.shop.tell(bought, "approved", HTML);
    const page = await openPurchases();
    await inState(page, bought, "notification", "done");
    const row = purchase(page, bought);
    assert.equal(await row.locator("img, b").count(), 0);
    assert.equal(await row.locator("bdi").nth(1).innerText(), HTML);
    assert.ok((await step(page, bought, "notification").innerText()).includes(HTML));
    await inTime(async () => assert.match(await page.title(), /^Compras/));
  });

  test("can be one's own among others", async () => {
    const { shop } = world.gateway;
    const other = shop.buy({ ...ORDER, customer: { name: "Outra", email: "outra@example.com" } });
    const page = await openPurchases();
    await purchase(page, other).waitFor();
    assert.equal(await page.locator("input[name=only-mine]").count(), 0);
    await fill(page, {});
    await buy(page);
    const [mine] = await eventually("it is bought", () => shop.purchases.length === 2 && shop.purchases);
    await purchase(page, mine).waitFor();
    await page.getByLabel("Somente as compras de Cliente 7").check();
    await purchase(page, other).waitFor({ state: "detached" });
    await purchase(page, mine).waitFor();
    await eventually("the service is asked for them", async () =>
      (await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name))).some(
        (url) => url.includes(`customerId=${mine.customer.id}`),
      ),
    );
  });
});

describe("a service that is away", () => {
  test("is named with where the purchase waits, and takes no other with it", async () => {
    const { shop } = world.gateway;
    shop.away.add("invoices");
    const bought = shop.buy({ ...ORDER, deliverTo: { routeId: "2" } });
    shop.approve(bought);
    shop.publish(bought);
    const page = await openPurchases();
    await page.waitForSelector('[data-missing="invoices"]');
    await page
      .getByText("O serviço de notas fiscais não responde: as compras esperam no tópico compra")
      .waitFor();
    await page.getByText(/Nova tentativa em|Tentando conectar/).waitFor();
    await inState(page, bought, "invoice", "unknown");
    await says(
      page,
      bought,
      "invoice",
      /O serviço de notas fiscais não responde; a compra espera no tópico compra\./,
    );
    await inState(page, bought, "notification", "done");
    shop.away.clear();
    shop.issue(bought);
    await inState(page, bought, "invoice", "done");
    await page.waitForSelector('[data-missing=""]', { state: "attached" });
  });

  test("is seen in the lag of its group, which counts what the list does not show", async () => {
    const { shop } = world.gateway;
    shop.groups = [
      { group: "code-delivery-invoices", members: 0, lag: 1_234 },
      { group: "code-delivery-notifications-projector", members: 1, lag: 0 },
    ];
    const page = await openPurchases();
    await page.waitForSelector(
      '[data-groups="code-delivery-invoices:1234 code-delivery-notifications-projector:0"]',
    );
    const [invoices, projector] = await page.locator("[data-groups] li").allInnerTexts();
    assert.match(invoices, /code-delivery-invoices lag 1\.234 · ninguém lendo agora/);
    assert.match(projector, /code-delivery-notifications-projector lag 0$/);
    shop.groups = [];
    await page.waitForSelector("[data-groups]", { state: "detached" });
  });

  test("is asked ever less often", async () => {
    const { shop } = world.gateway;
    for (let count = 0; count < 5; count += 1) {
      const bought = shop.buy(ORDER);
      shop.approve(bought);
      shop.publish(bought);
    }
    shop.away.add("invoices");
    const page = await openPurchases();
    await page.waitForSelector('[data-missing="invoices"]');
    await page.waitForSelector('[data-queues="invoice:5"]');
    // It is not to be asked: every two seconds would be more often.
    await page.waitForTimeout(7_000);
    assert.ok(asked("/api/invoices").length <= 4, asked("/api/invoices").join());
    await eventually("the others are asked", () => asked("/api/purchases").length >= 4);
  });

  test("or is not installed leaves the rest of the way as it is", async () => {
    const { shop } = world.gateway;
    for (const service of ["notifications", "mail"]) shop.absent.add(service);
    const bought = shop.buy(ORDER);
    shop.approve(bought);
    shop.publish(bought);
    shop.issue(bought);
    shop.send(bought);
    const page = await openPurchases();
    await inState(page, bought, "email", "done");
    await page.waitForSelector('[data-missing="notifications mail"], [data-missing="notifications"]');
    await page.getByText("Neste endereço não há um serviço de notificações").waitFor();
    await inState(page, bought, "notification", "unknown");
    await inState(page, bought, "delivery", "none");
    assert.equal(await page.getByText("E-mails que chegaram").count(), 0);
    await says(page, bought, "email", /Enviado\./);
  });

  test("while it is the purchases' leaves the list that is known", async () => {
    const { shop } = world.gateway;
    const bought = shop.buy(ORDER);
    const page = await openPurchases();
    await purchase(page, bought).waitFor();
    shop.away.add("purchases");
    await page.getByText("a lista mostra o que chegou por último").waitFor();
    await purchase(page, bought).waitFor();
    await fill(page, {});
    await buy(page);
    await page.getByText("O serviço de compras não respondeu. Tente de novo").waitFor();
    shop.away.clear();
    await buy(page);
    await page.getByText("Compra de Cliente 7 registrada").waitFor();
  });
});

describe("another consumer of the topic", () => {
  test("shows what it has counted, what sells most first, and HTML in a product's name is text", async () => {
    const { shop } = world.gateway;
    const page = await openPurchases();
    await page.getByRole("heading", { name: "Cada compra, passo a passo" }).waitFor();
    assert.equal(await page.getByText("Vendas por produto").count(), 0);
    shop.sales = [
      { product: "<b>bolo</b>", quantity: 1, totalCents: 700 },
      { product: "café", quantity: 1_040, totalCents: 2_069_600 },
    ];
    await page.reload();
    await page.locator('[data-sale="café"]').waitFor();
    const sales = (await page.locator("[data-sale]").allInnerTexts()).map(plain);
    assert.equal(sales.length, 2);
    assert.match(sales[0], /^1\.040 × café\s+R\$ 20\.696,00$/);
    assert.match(sales[1], /^1 × <b>bolo<\/b>\s+R\$ 7,00$/);
  });
});

describe("the view", () => {
  test("asks only while it is open and seen", async () => {
    world.gateway.shop.buy(ORDER);
    const page = await openPurchases();
    await eventually("it asks", () => asked("/api/purchases").length > 2);
    const hide = (hidden) =>
      page.evaluate((value) => {
        Object.defineProperty(document, "hidden", { configurable: true, value });
        document.dispatchEvent(new Event("visibilitychange"));
      }, hidden);
    const count = () => world.gateway.shop.asked.length;
    await hide(true);
    const before = await steady("what was on its way has arrived", 1_000, count);
    // Nothing is to be asked: longer than between two rounds.
    await page.waitForTimeout(5_000);
    assert.equal(world.gateway.shop.asked.length, before);
    await hide(false);
    await eventually("it asks again", () => world.gateway.shop.asked.length > before);
    await page.getByRole("link", { name: "Mapa" }).click();
    await page.waitForSelector('[data-view="live"]');
    const after = await steady("what was on its way has arrived", 1_000, count);
    await page.waitForTimeout(5_000);
    assert.equal(world.gateway.shop.asked.length, after);
  });

  test("has the keyboard's focus when it is opened by its address", async () => {
    const page = await openPurchases();
    await inTime(async () =>
      assert.equal(await page.evaluate(() => document.activeElement.textContent), "Compras"),
    );
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.name), "name");
  });

  for (const [name, options] of [
    ["a desktop", { viewport: DESKTOP }],
    ["a desktop in the dark", { viewport: DESKTOP, colorScheme: "dark" }],
    [
      "a phone, in English, with forced colours",
      { viewport: PHONE, locale: "en-US", forcedColors: "active" },
    ],
    ["a phone", { viewport: PHONE, hasTouch: true }],
  ]) {
    test(`fits on ${name}, without an accessibility violation by axe`, async () => {
      const { shop } = world.gateway;
      shop.away.add("mail");
      const customer = {
        name: "שליח of a very long name indeed, no end to it at all",
        email: "long@example.com",
      };
      const items = [1, 2, 3, 4, 5].map((number) => ({
        product: `Averylongproductsnamewithoutanyspaceinitatallnumber${number}`,
        quantity: 10_000,
        unitPriceCents: 1_000_000,
      }));
      const bought = shop.buy({ customer, items, deliverTo: { routeId: "2" } });
      shop.approve(bought);
      shop.publish(bought);
      shop.issue(bought);
      Object.assign(shop.invoices.get(bought.id).email, { state: "BOUNCED", lastError: "550 5.1.1 unknown" });
      const refused = shop.buy(ORDER);
      Object.assign(refused, { state: "FAILED", reason: "CardRefused" });
      shop.groups = [
        { group: `another-teams-consumer-${"with-a-long-name-".repeat(4)}`, members: 0, lag: 1_234_567 },
      ];
      shop.sales = [{ product: items[0].product, quantity: 10_000, totalCents: 10_000_000_000 }];
      const page = await openPurchases(options);
      await inState(page, bought, "email", "failed");
      await inState(page, refused, "purchase", "failed");
      await page.waitForSelector('[data-missing="mail"]');
      await page.locator("[data-groups]").waitFor();
      await page.locator("[data-sale]").waitFor();
      await page.locator("button[type=submit]").click();
      await page.waitForSelector('[aria-invalid="true"]');
      // The colours of steps that wait go up and down.
      await page.emulateMedia({ reducedMotion: "reduce" });
      const { width } = options.viewport;
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      assert.equal(await page.locator("main").evaluate((main) => main.scrollWidth > main.clientWidth), false);
      const violations = await page.evaluate(`(async () => { ${AXE}
        // Forced colours are the user's.
        const rules = { "color-contrast": { enabled: ${options.forcedColors === undefined} } };
        const { violations } = await axe.run({ rules });
        return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
      })()`);
      assert.deepEqual(violations, []);
    });
  }
});
