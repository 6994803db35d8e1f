// The page against a real gateway with everything behind it, at BASE_URL. A user starts a delivery, sees it move, pauses it,
// loses the connection, reloads, cancels. SCREENSHOT, if set, is the path of a screenshot of the map to take.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../tests/browser.mjs";

const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:30080";
/** A pod must be scheduled and started before the first position. */
const TO_START = 120_000;
const TO_HAPPEN = 60_000;
/** Of this run alone: an earlier one may have left a delivery under way. */
const COURIER = `moto-e2e-${Date.now()}`;
/** Slow, so that the delivery is still active when it is cancelled. */
const SPEED = "10";

let browser;
let page;
/** Whether the page may connect; `cut` closes its connection. */
let line = { open: true, cut: () => undefined };

before(async () => {
  browser = await launchBrowser();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "pt-BR",
    colorScheme: "dark",
  });
  page = await context.newPage();
  page.setDefaultTimeout(TO_HAPPEN);
  await page.routeWebSocket(/\/ws\?/, (socket) => {
    if (!line.open) {
      void socket.close({ code: 1013 });
      return;
    }
    socket.connectToServer();
    line.cut = () => socket.close({ code: 1012 });
  });
  await page.goto(BASE_URL);
});
after(() => browser.close());

const row = (id) => page.locator(`[data-delivery-id="${id}"]`);
const number = async (id, name) => Number(await row(id).getAttribute(`data-${name}`));
const inPhase = (id, phase) => page.waitForSelector(`[data-delivery-id="${id}"][data-phase="${phase}"]`);

/** Read at once: rows come, go and change their places. */
async function underWay() {
  const rows = page.locator('[data-delivery-id][data-ended="false"]');
  return (await rows.evaluateAll((all) => all.map(({ dataset }) => dataset.deliveryId))).sort();
}

/** What the page says: its rows, and in words its requests without an answer, its messages and its connection. */
function said() {
  return page.evaluate(() => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const textOf = ({ innerText }) => innerText.replaceAll(/\s+/g, " ").trim();
    return {
      rows: all("[data-delivery-id]").map((row) => ({
        id: row.dataset.deliveryId,
        phase: row.dataset.phase,
        text: textOf(row),
      })),
      words: all("[data-request-id], [data-tone], [data-connection]").map(textOf),
    };
  });
}

/** The phases of a courier's deliveries as the gateway lists them, in words. */
async function listed(courier) {
  try {
    const { deliveries } = await (await fetch(new URL("/deliveries?limit=200", BASE_URL))).json();
    const phases = deliveries.filter((each) => each.courier === courier).map(({ phase }) => phase);
    return phases.join(", ") || "none";
  } catch (error) {
    return String(error);
  }
}

/** Waits until the delivery of a courier is under way; resolves to its id. A failure tells what there was instead. */
async function starts(courier) {
  const begun = Date.now();
  const told = [];
  for (;;) {
    const { rows, words } = await said();
    const own = rows.filter(({ text }) => text.includes(courier));
    const running = own.find(({ phase }) => phase === "Running");
    if (running !== undefined) return running.id;
    // A message is shown for some seconds only.
    const now = [...own.map(({ phase }) => phase), ...words].join(" | ");
    const seconds = Math.round((Date.now() - begun) / 1_000);
    if (told.at(-1)?.now !== now) told.push({ now, seconds });
    if (Date.now() - begun >= TO_START) {
      assert.fail(
        [
          `In ${seconds} s no delivery of ${courier} was under way. Of ${rows.length} rows, its own:`,
          ...own.map(({ phase, text }) => `${phase}: ${text}`),
          `In the gateway's list: ${await listed(courier)}. What the page said:`,
          ...told.map((each) => `${each.seconds} s: ${each.now}`),
        ].join("\n"),
      );
    }
    await page.waitForTimeout(100);
  }
}

async function eventually(what, check, within = TO_HAPPEN) {
  const limit = Date.now() + within;
  while (!(await check())) {
    assert.ok(Date.now() < limit, `in time: ${what}`);
    await page.waitForTimeout(100);
  }
}

/** Waits for positions after the newest one that the list shows. */
async function moves(id) {
  // Read all attributes at once: the next position may arrive between two reads.
  const shown = () => row(id).evaluate((element) => ({ ...element.dataset }));
  const { seq, lng, lat } = await shown();
  await eventually("the vehicle moves", async () => Number((await shown()).seq) >= Number(seq) + 3);
  const after = await shown();
  assert.notDeepEqual([after.lng, after.lat], [lng, lat]);
}

test("a delivery that is started in the page moves, obeys commands and survives a reload", async (t) => {
  let id;

  await t.test("the page connects, and offers the three routes", async () => {
    await page.waitForSelector('[data-connection="open"]');
    const routes = page.locator("select[name=route] option");
    await eventually("there are routes", async () => (await routes.count()) >= 4);
    const titles = (await routes.allInnerTexts()).join("\n");
    for (const title of ["Primeiro", "Segundo", "Terceiro"]) assert.match(titles, new RegExp(title));
  });

  await t.test("a start through the form becomes a delivery that moves", async () => {
    await page.locator("select[name=route]").selectOption("1");
    await page.locator("input[name=courier]").fill(COURIER);
    await page.locator("select[name=vehicle]").selectOption("motorcycle");
    await page.locator("input[name=speed]").fill(SPEED);
    await page.getByRole("button", { name: "Iniciar entrega" }).click();
    id = await starts(COURIER);
    assert.match(await row(id).innerText(), new RegExp(`${COURIER}[\\s\\S]*Primeiro · Moto`));
    await page.waitForSelector(`[data-delivery-id="${id}"][data-lng]`);
    await moves(id);
    await eventually("it has come some way", async () => (await number(id, "progress")) > 0);
  });

  await t.test("its vehicle is drawn on the map", async () => {
    await page.waitForSelector('main:not([data-base="loading"])');
    await eventually("vehicles are drawn", async () => {
      return Number(await page.locator("[data-vehicles]").getAttribute("data-vehicles")) >= 1;
    });
  });

  await t.test("the same courier on the same route again is refused by the page", async () => {
    await page.getByRole("button", { name: "Iniciar entrega" }).click();
    await page.getByText(`${COURIER} na rota Primeiro já adicionado, espere finalizar.`).waitFor();
  });

  await t.test("it pauses, stays put, and resumes", async () => {
    await row(id).locator('[data-action="suspend"]').click();
    await inPhase(id, "Suspended");
    // Positions that were on their way may still arrive.
    let [seq, since] = [await number(id, "seq"), Date.now()];
    await eventually("no more positions arrive", async () => {
      const now = await number(id, "seq");
      if (now !== seq) [seq, since] = [now, Date.now()];
      return Date.now() - since >= 2500;
    });
    // It is not to move.
    await page.waitForTimeout(2500);
    assert.equal(await number(id, "seq"), seq);
    await row(id).locator('[data-action="resume"]').click();
    await page.waitForSelector(`[data-delivery-id="${id}"][data-phase="Running"]`, { timeout: TO_START });
    await eventually("it goes on", async () => (await number(id, "seq")) > seq, TO_START);
  });

  await t.test("a lost connection is shown, and restored", async () => {
    line.open = false;
    await line.cut();
    await page.waitForSelector('[data-connection="reconnecting"]');
    line.open = true;
    await page.waitForSelector('[data-connection="open"]');
    await moves(id);
  });

  await t.test("a reload shows the same deliveries", async () => {
    const before = await underWay();
    await page.reload();
    await page.waitForSelector('[data-connection="open"]');
    await page.waitForSelector(`[data-delivery-id="${id}"]`);
    const shown = await underWay();
    // Others may have ended meanwhile; none may be missing for another reason.
    const missing = before.filter((each) => !shown.includes(each));
    for (const each of missing) assert.equal(await row(each).getAttribute("data-ended"), "true");
    await moves(id);
  });

  await t.test("a screenshot is taken", { skip: !process.env.SCREENSHOT }, async () => {
    await page.waitForSelector('main:not([data-base="loading"])');
    await page.waitForTimeout(3000);
    await page.screenshot({ path: process.env.SCREENSHOT });
  });

  await t.test("it is cancelled from the list, after a confirmation", async () => {
    await row(id).locator('[data-action="cancel"]').click();
    // It is said for some seconds only.
    await Promise.all([
      page.getByText(`A entrega ${COURIER} na rota Primeiro foi cancelada.`).waitFor(),
      inPhase(id, "Cancelled"),
      page.getByRole("dialog").locator("[data-confirm]").click(),
    ]);
  });
});
