// The history view against a real gateway with Kafka Connect and Elasticsearch behind it, at BASE_URL. A user runs a delivery to
// its end, finds it in the key figures, in the list and where it started, and replays it. HISTORY_SCREENSHOT, if set, is the path
// of a screenshot to take.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchBrowser } from "../tests/browser.mjs";

const BASE_URL = process.env.BASE_URL ?? "http://127.0.0.1:30080";
/** A pod must be scheduled and started, and the vehicle must arrive. */
const TO_ARRIVE = 180_000;
/** From the last position to the index, with a connector that may just have started. */
const TO_BE_INDEXED = 120_000;
const TO_HAPPEN = 60_000;
const COURIER = `history-e2e-${Date.now()}`;
const SPEED_KMH = "300";

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

async function getJson(path) {
  const answer = await fetch(new URL(path, BASE_URL));
  assert.equal(answer.status, 200, `${path} answers ${answer.status}`);
  return answer.json();
}

async function eventually(what, limit, check) {
  const until = Date.now() + limit;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < until, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

const value = (name) => page.locator(`[data-number="${name}"] dd`).first().innerText();
const ours = (address) => `${BASE_URL}/#history?${address}&courier=${COURIER}`;

test("a delivery that has ended is found in the history and replayed", async (t) => {
  let id;
  let stored;

  await t.test("it arrives, and all its positions reach the index", async () => {
    await page.goto(BASE_URL);
    await page.waitForSelector('[data-connection="open"]');
    await page.locator("select[name=route]").selectOption("1");
    await page.locator("input[name=courier]").fill(COURIER);
    await page.locator("input[name=speed]").fill(SPEED_KMH);
    await page.getByRole("button", { name: "Iniciar entrega" }).click();
    const ended = await eventually("it arrives", TO_ARRIVE, async () => {
      const { deliveries } = await getJson("/deliveries?limit=200");
      return deliveries.find(({ courier, phase }) => courier === COURIER && phase === "Finished");
    });
    id = ended.deliveryId;
    stored = await eventually("its last position is in the index", TO_BE_INDEXED, async () => {
      const { positions } = await getJson(`/history/deliveries/${id}/positions?limit=5000`);
      return positions.some(({ finished }) => finished) ? positions : null;
    });
    assert.deepEqual(
      stored.map(({ seq }) => seq),
      stored.map((_, index) => index),
    );
  });

  await t.test("the key figures count it", async () => {
    await page.goto(ours("range=1h"));
    await eventually("it is counted", TO_BE_INDEXED, async () => {
      await page.getByRole("button", { name: "Atualizar" }).click();
      await page.waitForSelector('[data-status="ready"]');
      const [deliveries, viewers, duration] = await Promise.all(
        ["deliveries", "viewers", "duration"].map((name) => value(name)),
      );
      return deliveries === "1" && viewers === "1" && /\d\s(s|min)/.test(duration);
    });
    await page.goto(`${BASE_URL}/#history`);
    await eventually("the key figures of all deliveries are not zero", TO_HAPPEN, async () => {
      return Number((await value("deliveries")).replaceAll(/\D/g, "")) > 0;
    });
  });

  await t.test("the map shows heat", async () => {
    await eventually("there is heat", TO_HAPPEN, async () => {
      const cells = await page.locator("[data-heat]").getAttribute("data-heat");
      return Number(cells) > 0;
    });
  });

  await t.test("a screenshot is taken", { skip: !process.env.HISTORY_SCREENSHOT }, async () => {
    await page.waitForSelector('main:not([data-base="loading"])');
    await page.waitForTimeout(3000);
    await page.screenshot({ path: process.env.HISTORY_SCREENSHOT });
  });

  await t.test("it passed the start of its route", async () => {
    const [lat, lng] = stored[0].position;
    await page.goto(ours(`range=1h&show=near&near=${lng},${lat}&radius=50`));
    await page.waitForSelector(`[data-passage-id="${id}"]`);
  });

  await t.test("it is in the list, and is replayed to its end", async () => {
    await page.goto(ours("range=1h&show=deliveries"));
    // It plays for some seconds only.
    await Promise.all([
      page.waitForSelector('[data-replay-state="playing"]'),
      page.locator(`[data-past-id="${id}"] a`).click(),
    ]);
    await page.getByRole("radio", { name: "20×" }).check();
    await page.waitForSelector('[data-replay-state="paused"]');
    const bar = page.locator("[data-replay-state]");
    assert.equal(await bar.getAttribute("data-replay-positions"), String(stored.length));
    const [lat, lng] = stored.at(-1).position;
    await eventually("it stops where it ended", TO_HAPPEN, async () => {
      const shown = await page.locator("[data-vehicles]").evaluate((element) => ({ ...element.dataset }));
      return Math.abs(shown.lng - lng) < 1e-5 && Math.abs(shown.lat - lat) < 1e-5;
    });
  });
});
