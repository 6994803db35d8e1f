// The built page in a real browser against the fake gateway: deliveries, starts, commands, a lost connection. Run `npm run build`
// first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually, inPhase, inTime, message, openPage, row, useWorld, vehicles, world } from "./page.mjs";

useWorld();

const starts = () => world.gateway.received.filter(({ event }) => event === "new-direction");
const commands = () => world.gateway.received.filter(({ event }) => event === "command");

async function startThroughForm(page, routeId, { courier = "", vehicle = "car", speed = "" } = {}) {
  await page.locator("select[name=route]").selectOption(routeId);
  await page.getByLabel("Entregador").fill(courier);
  await page.getByLabel("Veículo").selectOption(vehicle);
  await page.getByLabel("Velocidade").fill(speed);
  await page.getByRole("button", { name: "Iniciar entrega" }).click();
}

describe("deliveries", () => {
  test("that are under way are on the map and in the list, and move", async () => {
    const delivery = world.gateway.start({ routeId: "1", courier: "moto-7", vehicle: "motorcycle" });
    const page = await openPage();
    const item = row(page, delivery);
    await inPhase(page, delivery, "Running");
    // A row has no text until it is laid out.
    await inTime(async () => {
      assert.match(await item.innerText(), /moto-7[\s\S]*Primeiro · Moto · primeiro-1[\s\S]*Em rota/);
    });
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    // Read all attributes at once: the next position may arrive between two reads.
    const shown = () => item.evaluate((element) => ({ ...element.dataset }));
    const { seq, lng } = await shown();
    await eventually("it moves", async () => Number((await shown()).seq) > Number(seq) + 2);
    assert.notEqual((await shown()).lng, lng);
    assert.equal(Math.round(await item.getAttribute("data-lat")), -16);
  });

  test("that finish are announced in green and leave the map, but stay in the list", async () => {
    const delivery = world.gateway.start({ routeId: "2" });
    const other = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    for (const each of [delivery, other]) await inPhase(page, each, "Running");
    // What has ended before the page knows it is not announced.
    delivery.metersPerSecond = 400;
    await message(page, "Segundo finalizou!", "success").waitFor();
    await inPhase(page, delivery, "Finished");
    await eventually("its marker is gone", async () => (await vehicles(page)) === "1");
    assert.equal(await row(page, delivery).getAttribute("data-progress"), "1");
  });

  test("by the hundred fetch their lines a few at a time, once each, and the page stays responsive", async () => {
    const page = await openPage();
    for (let index = 0; index < 100; index += 1) world.gateway.start({ routeId: String(1 + (index % 3)) });
    await eventually("all are drawn", async () => (await vehicles(page)) === "100");
    await eventually(`all lines were requested`, () => world.gateway.lines.total >= 100);
    assert.ok(world.gateway.lines.most <= 4, `${world.gateway.lines.most} requests at once`);
    const slow = await page.evaluate(async () => {
      const begun = performance.now();
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
      return performance.now() - begun;
    });
    // Software draws the map where there is no graphics card.
    assert.ok(slow < 40_000, `ten turns of the page took ${slow} ms`);
    assert.equal(world.gateway.lines.total, 100);
  });
});

describe("a start through the form", () => {
  test("sends the chosen values, once; the same courier on the same route again is refused without a request", async () => {
    const page = await openPage();
    await startThroughForm(page, "3", { courier: " moto-9 ", vehicle: "van", speed: "60" });
    await page.waitForSelector('[data-route-id="3"][data-phase="Running"]');
    const { requestId, ...data } = starts()[0].data;
    assert.deepEqual(data, { routeId: "3", courier: "moto-9", vehicle: "van", speedKmh: 60 });
    assert.match(requestId, /^[0-9a-f]{32}$/);

    await page.getByRole("button", { name: "Iniciar entrega" }).click();
    const refusal = message(page, "moto-9 na rota Terceiro já adicionado, espere finalizar.", "error");
    await refusal.waitFor();
    await page.reload();
    await page.waitForSelector('[data-route-id="3"][data-phase="Running"]');
    await startThroughForm(page, "3", { courier: "moto-9" });
    await refusal.waitFor();
    assert.equal(starts().length, 1);
  });

  test("is on top of a long list, with a toast, and a second courier may start on the same route", async () => {
    for (let index = 0; index < 30; index += 1)
      world.gateway.start({ routeId: "1", courier: `van-${index}` });
    const page = await openPage();
    await page.locator("[data-delivery-id]").nth(29).waitFor();
    const top = () => page.locator("[data-delivery-id] [data-row]").first().innerText();
    for (const courier of ["moto-7", "moto-8"]) {
      await startThroughForm(page, "2", { courier });
      await message(page, `Entrega iniciada: ${courier} na rota Segundo.`).waitFor();
      await eventually("it is on top", async () => (await top()).startsWith(courier));
    }
    assert.equal(starts().length, 2);
  });

  test("as recorded and without a courier omits speed and courier", async () => {
    const page = await openPage();
    await startThroughForm(page, "1", { vehicle: "bicycle" });
    await page.waitForSelector('[data-route-id="1"]');
    assert.deepEqual(Object.keys(starts()[0].data).sort(), ["requestId", "routeId", "vehicle"]);
  });

  test("that is rejected says why in the page's language", async () => {
    world.gateway.answer = "reject";
    const page = await openPage();
    await startThroughForm(page, "1");
    await message(page, "Há entregas demais em andamento", "error").waitFor();
    await page.locator("[data-request-id]").waitFor({ state: "detached" });
  });

  test("that is rejected for a reason that the page does not know names it, in the page's language", async () => {
    world.gateway.answer = "reject";
    world.gateway.rejection = "NewReason";
    const page = await openPage();
    await startThroughForm(page, "1");
    await message(page, "O pedido foi recusado (NewReason).").waitFor();
  });

  test("without an answer is shown as waiting; when the connection breaks, the next one sends the same request again", async () => {
    world.gateway.answer = "silent";
    const page = await openPage();
    await startThroughForm(page, "2");
    await page.locator("[data-request-id]", { hasText: "Segundo" }).waitFor();
    world.gateway.answer = "accept";
    world.gateway.cut();
    await page.waitForSelector('[data-route-id="2"][data-phase="Running"]');
    await page.locator("[data-request-id]").waitFor({ state: "detached" });
    const ids = starts().map(({ data }) => data.requestId);
    assert.deepEqual(ids, [ids[0], ids[0]]);
  });

  test("is not sent without a route or with an invalid speed", async () => {
    const page = await openPage();
    await page.getByRole("button", { name: "Iniciar entrega" }).click();
    await startThroughForm(page, "1", { speed: "0" });
    await startThroughForm(page, "1", { speed: "12.5" });
    // Nothing is to arrive, whatever is still on its way.
    await page.waitForTimeout(500);
    assert.equal(starts().length, 0);
  });
});

describe("each of several deliveries on a route", () => {
  test("is called by its courier and route, or its object's name, wherever it is mentioned", async () => {
    const courier = world.gateway.start({ routeId: "2", courier: "moto-7", name: "segundo-a1" });
    const nobody = world.gateway.start({ routeId: "2", name: "segundo-b2" });
    const page = await openPage({ locale: "en-US" });
    for (const [delivery, called, title, details] of [
      [courier, "moto-7 on Segundo", "moto-7", "Segundo · segundo-a1"],
      [nobody, "segundo-b2 on Segundo", "segundo-b2", "Segundo"],
    ]) {
      await inPhase(page, delivery, "Running");
      const item = row(page, delivery);
      await inTime(async () => {
        const text = await item.locator("[data-row]").innerText();
        assert.equal(text.replaceAll("\n", "|"), `${title}|${details}|En route`);
      });
      await item.getByRole("progressbar", { name: `Progress: ${called}` }).waitFor();
      await item.locator("[data-row]").click();
      await page.getByRole("button", { name: `Following ${called}` }).click();
      await item.getByRole("button", { name: `Pause: ${called}` }).waitFor();
      await item.getByRole("button", { name: `Cancel: ${called}` }).click();
      const dialog = page.getByRole("dialog", { name: `Cancel the delivery ${called}?` });
      await dialog.getByText(details, { exact: true }).waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel delivery" }).click();
      await message(page, `${called} was cancelled.`).waitFor();
    }
  });
});

describe("commands from the list", () => {
  test("pause and resume", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await row(page, delivery).getByRole("button", { name: "Pausar" }).click();
    await inPhase(page, delivery, "Suspended");
    await row(page, delivery).getByRole("button", { name: "Retomar" }).click();
    await inPhase(page, delivery, "Running");
    const actions = commands().map(({ data }) => data.action);
    assert.deepEqual(actions, ["suspend", "resume"]);
  });

  test("cancel after a confirmation, and not without it", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    const cancel = row(page, delivery).getByRole("button", { name: "Cancelar" });
    const dialog = page.getByRole("dialog");
    await cancel.click();
    await dialog.getByRole("button", { name: "Voltar" }).click();
    await dialog.waitFor({ state: "detached" });
    await cancel.click();
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    // Nothing is to arrive, whatever is still on its way.
    await page.waitForTimeout(500);
    assert.equal(commands().length, 0);
    await cancel.click();
    await dialog.getByRole("button", { name: "Cancelar entrega" }).click();
    await inPhase(page, delivery, "Cancelled");
    await message(page, "A entrega primeiro-1 na rota Primeiro foi cancelada.").waitFor();
  });
});

describe("a lost connection", () => {
  test("is shown and restored by itself, and the same deliveries go on", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    world.gateway.listening = false;
    world.gateway.cut();
    // Some seconds later it would ask over HTTP, and say so.
    await page.locator('[data-connection="reconnecting"]', { hasText: "Reconectando…" }).waitFor();
    await inTime(async () =>
      assert.ok(await page.getByRole("button", { name: "Iniciar entrega" }).isDisabled()),
    );
    const seq = Number(await row(page, delivery).getAttribute("data-seq"));
    world.gateway.listening = true;
    await page.waitForSelector('[data-connection="open"]');
    await eventually(
      "it goes on",
      async () => Number(await row(page, delivery).getAttribute("data-seq")) > seq + 2,
    );
    assert.equal(await page.locator("[data-delivery-id]").count(), 1);
  });

  test("during which a delivery ended is compensated by the snapshot", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    world.gateway.listening = false;
    world.gateway.cut();
    await page.waitForSelector('[data-connection="reconnecting"]');
    delivery.phase = "Finished";
    world.gateway.listening = true;
    await message(page, "Primeiro finalizou!").waitFor();
  });

  test("is not caused by invalid frames", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    world.gateway.broadcast("new-position", {
      deliveryId: delivery.deliveryId,
      seq: 1e9,
      position: [999, 0],
    });
    world.gateway.broadcast("delivery", { deliveryId: "", phase: 7 });
    world.gateway.broadcast("weather", { rain: true });
    world.gateway.broadcast("finished", null);
    const seq = Number(await row(page, delivery).getAttribute("data-seq"));
    await eventually(
      "it goes on",
      async () => Number(await row(page, delivery).getAttribute("data-seq")) > seq + 2,
    );
    assert.equal(await page.getByRole("status").getAttribute("data-connection"), "open");
  });
});
