// The built page in a real browser against the fake gateway: what it says when nothing new arrives. Run `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, inPhase, inTime, newPage, openPage, row, useWorld, vehicles, world } from "./page.mjs";

useWorld();

const banner = (page) => page.locator("[data-outage]");
const inOutage = (page, cause) => page.locator(`[data-outage="${cause}"]`).waitFor();
const noOutage = (page) => banner(page).waitFor({ state: "detached" });
const submit = (page) => page.getByRole("button", { name: "Iniciar entrega" });
const seqOf = async (page, delivery) => Number(await row(page, delivery).getAttribute("data-seq"));

async function becomesStale(page, delivery) {
  await page.waitForSelector(`[data-delivery-id="${delivery.deliveryId}"][data-stale="true"]`);
}

async function isFresh(page, delivery) {
  await page.waitForSelector(`[data-delivery-id="${delivery.deliveryId}"][data-stale="false"]`);
}

/** Nothing can be started or controlled, and the page says why. */
async function isOff(page, delivery, reason) {
  await eventually("nothing can be started", () => submit(page).isDisabled());
  await page.locator("form").getByText(reason).waitFor();
  for (const action of ["suspend", "cancel"]) {
    const button = row(page, delivery).locator(`[data-action="${action}"]`);
    await inTime(async () => {
      assert.ok(await button.isDisabled());
      assert.equal(await button.getAttribute("title"), reason);
    });
  }
}

async function isOn(page, delivery) {
  await eventually("it can be started", async () => submit(page).isEnabled());
  await eventually("it can be cancelled", () =>
    row(page, delivery).locator('[data-action="cancel"]').isEnabled(),
  );
}

describe("a vehicle that stops reporting", () => {
  test("is grey, with the age of its position and without an ETA, until it reports again", async () => {
    const silent = world.gateway.start({ routeId: "1", courier: "moto-7" });
    const other = world.gateway.start({ routeId: "2" });
    const page = await openPage();
    await inPhase(page, silent, "Running");
    await row(page, silent).getByText("chegada:").waitFor();
    await eventually("both are drawn", async () => (await vehicles(page)) === "2");
    silent.silent = true;
    const since = Date.now();
    await becomesStale(page, silent);
    /** Seconds; each number is shown for one, and a slow machine may skip it. */
    const age = async () => {
      const told = /última posição há (\d\d):(\d\d)/.exec(await row(page, silent).innerText());
      return told === null ? 0 : 60 * Number(told[1]) + Number(told[2]);
    };
    await eventually("its age is told", async () => (await age()) >= 3);
    // The last one may be a moment older than its silence.
    const told = await age();
    assert.ok(told <= 2 + (Date.now() - since) / 1_000, `${told} s`);
    await eventually("it grows", async () => (await age()) >= Math.max(8, told + 1));
    assert.doesNotMatch(await row(page, silent).innerText(), /chegada|km\/h/);
    await eventually(
      "one is drawn grey",
      async () => (await page.locator("[data-stale][data-vehicles]").getAttribute("data-stale")) === "1",
    );
    await isFresh(page, other);
    assert.equal(await banner(page).count(), 0, "the other vehicle shows that all is well");
    silent.silent = false;
    await isFresh(page, silent);
    await row(page, silent).getByText("chegada:").waitFor();
  });

  test("with all others is told in a banner", async () => {
    const delivery = world.gateway.start({
      routeId: "1",
      silent: true,
      phase: "Running",
      position: [-47.9, -15.8],
    });
    const page = await openPage();
    await inOutage(page, "silent");
    await page.getByRole("alert").getByText("Nenhum veículo envia posições").waitFor();
    await isOn(page, delivery);
    delivery.silent = false;
    await noOutage(page);
  });

  test("and was silent before the page was opened has its true age", async () => {
    const at = Date.now() - 3_600_000;
    const old = { silent: true, phase: "Running", position: [-47.9, -15.8], seq: 9, at, start: at };
    const delivery = world.gateway.start({ routeId: "1", ...old });
    const page = await openPage();
    await row(page, delivery)
      .getByText(/última posição há 1:0\d:\d\d/)
      .waitFor();
  });
});

describe("without", () => {
  test("the gateway, the page says so, when it tries again, and why nothing can be started", async () => {
    const delivery = world.gateway.start({ routeId: "1", metersPerSecond: 2 });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    world.gateway.leave();
    await inOutage(page, "gateway");
    await page.getByRole("alert").getByText("O gateway não responde").waitFor();
    await banner(page)
      .getByText(/Nova tentativa em \d+ s/)
      .waitFor();
    await isOff(page, delivery, "Não é possível enquanto o gateway não responde.");
    await becomesStale(page, delivery);
    world.gateway.comeBack();
    // By now the page may have found out by itself.
    const now = banner(page).getByRole("button", { name: "Tentar agora" });
    await now.dispatchEvent("click", {}, { timeout: 2_000 }).catch(() => undefined);
    await noOutage(page);
    await isFresh(page, delivery);
    await isOn(page, delivery);
  });

  test("a network, the page says that it is the browser's", async () => {
    const delivery = world.gateway.start({ routeId: "1", metersPerSecond: 2 });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await page.context().setOffline(true);
    await inOutage(page, "offline");
    await page.getByRole("alert").getByText("Este navegador está sem rede").waitFor();
    await isOff(page, delivery, "Não é possível sem rede.");
    await page.context().setOffline(false);
    await noOutage(page);
    await isFresh(page, delivery);
  });

  test("WebSocket, the page asks over HTTP, and says so", async () => {
    world.gateway.listening = false;
    const delivery = world.gateway.start({ routeId: "1", metersPerSecond: 2 });
    const page = await newPage();
    await page.goto(world.gateway.url);
    await inPhase(page, delivery, "Running");
    await inOutage(page, "blocked");
    await page.getByRole("alert").getByText("Conexões WebSocket estão bloqueadas").waitFor();
    await page.getByRole("status").filter({ hasText: "A cada 3 s" }).first().waitFor();
    const seq = await seqOf(page, delivery);
    await eventually("it moves", async () => (await seqOf(page, delivery)) > seq + 10);
    await isFresh(page, delivery);
    await isOff(page, delivery, "Não é possível sem WebSocket.");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    world.gateway.listening = true;
    await noOutage(page);
    await isOn(page, delivery);
  });

  test("Kafka, what stands still is grey, and nothing can be started", async () => {
    const delivery = world.gateway.start({ routeId: "1", metersPerSecond: 2 });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    delivery.silent = true;
    world.gateway.setStatus({ kafka: "unavailable", deliveryStore: "available" });
    await inOutage(page, "kafka");
    await becomesStale(page, delivery);
    await isOff(page, delivery, "Não é possível enquanto o Kafka não responde.");
    delivery.silent = false;
    world.gateway.setStatus({ kafka: "available", deliveryStore: "available" });
    await noOutage(page);
    await isFresh(page, delivery);
  });
});

describe("a browser clock that is wrong by hours", () => {
  for (const hours of [-5, 3]) {
    test(`(${hours} h) changes nothing on the map and in the history`, async () => {
      const delivery = world.gateway.start({ routeId: "1", metersPerSecond: 2 });
      const page = await newPage({ timezoneId: "UTC" });
      await page.addInitScript((wrong) => {
        const now = Date.now.bind(Date);
        Date.now = () => now() + wrong;
      }, hours * 3_600_000);
      await page.goto(world.gateway.url);
      await inPhase(page, delivery, "Running");
      const near = [-60_000, 0, 60_000].map((off) =>
        new Date(delivery.eta + off).toISOString().slice(11, 16),
      );
      // The position may be here before the gateway's time is known.
      await inTime(async () => {
        const text = await row(page, delivery).innerText();
        assert.ok(near.includes(/chegada: (\d\d:\d\d)/.exec(text)?.[1]), `${text}: one of ${near}`);
      });
      // It is not to become grey: longer than it would take.
      await page.waitForTimeout(4_000);
      await isFresh(page, delivery);

      await page.goto(`${world.gateway.url}/#history?range=1h`);
      const since = Date.now() - 3_600_000;
      const expected = world.gateway.history.deliveries.filter(({ createdAt }) => createdAt >= since).length;
      assert.ok(expected > 0);
      const shown = page.locator('[data-number="deliveries"] dd').first();
      await eventually("the history counts them", async () => (await shown.innerText()) === String(expected));
    });
  }
});

describe("an error", () => {
  test("in the history, opened while the gateway is away, names its cause and goes away with it", async () => {
    const page = await openPage();
    world.gateway.leave();
    await inOutage(page, "gateway");
    await page.getByRole("link", { name: "Histórico" }).click();
    await page.locator('[data-failure="notLoaded"]').waitFor();
    await page.locator('[data-problem="failed"]').first().waitFor();
    assert.doesNotMatch(await page.locator("main").innerText(), /WebGL/);
    world.gateway.comeBack();
    await page.locator('[data-number="deliveries"]').waitFor();
    await page.locator("main canvas").waitFor();
    await inTime(async () => assert.equal(await page.locator("[data-failure], [data-problem]").count(), 0));
  });
});
