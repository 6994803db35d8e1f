// The built page in a real browser against the stand-in gateway: what a person does, and what goes wrong around them.
// `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { launchBrowser } from "./browser.mjs";
import { startGateway } from "./gateway.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 360, height: 740 };

let browser;
let gateway;
let contexts;
let problems;

before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

beforeEach(async () => {
  gateway = await startGateway({ interval: 200 });
  contexts = [];
  problems = [];
});
afterEach(async () => {
  for (const context of contexts) await context.close();
  await gateway.stop();
  assert.deepEqual(problems, [], "the page has no error of its own");
});

async function openPage(options = {}) {
  const context = await browser.newContext({ viewport: DESKTOP, locale: "pt-BR", ...options });
  contexts.push(context);
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(gateway.url);
  await page.waitForSelector('[data-connection="open"]');
  return page;
}

function row(page, { deliveryId }) {
  return page.locator(`[data-delivery-id="${deliveryId}"]`);
}

async function inPhase(page, delivery, phase) {
  await page.waitForSelector(`[data-delivery-id="${delivery.deliveryId}"][data-phase="${phase}"]`);
}

function message(page, text) {
  return page.locator("[data-tone]", { hasText: text });
}

/** Waits until something that is asked again and again is true. */
async function eventually(what, check) {
  const limit = Date.now() + 20_000;
  for (;;) {
    const value = await check();
    if (value) return value;
    assert.ok(Date.now() < limit, `in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const vehicles = (page) => page.locator("[data-vehicles]").getAttribute("data-vehicles");
const starts = () => gateway.received.filter(({ event }) => event === "new-direction");
const commands = () => gateway.received.filter(({ event }) => event === "command");

async function startThroughForm(page, routeId, { courier = "", vehicle = "car", speed = "" } = {}) {
  await page.locator("select[name=route]").selectOption(routeId);
  await page.getByLabel("Entregador").fill(courier);
  await page.getByLabel("Veículo").selectOption(vehicle);
  await page.getByLabel("Velocidade").fill(speed);
  await page.getByRole("button", { name: "Iniciar uma corrida" }).click();
}

describe("deliveries", () => {
  test("that are under way are on the map and in the list, and move", async () => {
    const delivery = gateway.start({ routeId: "1", courier: "moto-7", vehicle: "motorcycle" });
    const page = await openPage();
    const item = row(page, delivery);
    await inPhase(page, delivery, "Running");
    assert.match(await item.innerText(), /Primeiro[\s\S]*moto-7 · Moto[\s\S]*Em rota/);
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    const [seq, lng] = [await item.getAttribute("data-seq"), await item.getAttribute("data-lng")];
    await eventually("it moves", async () => Number(await item.getAttribute("data-seq")) > Number(seq) + 2);
    assert.notEqual(await item.getAttribute("data-lng"), lng);
    assert.equal(Math.round(await item.getAttribute("data-lat")), -16);
  });

  test("that finish are announced in green and leave the map, then only the list remembers them", async () => {
    const delivery = gateway.start({ routeId: "2", metersPerSecond: 400 });
    const other = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, other, "Running");
    await message(page, "Segundo finalizou!").waitFor();
    assert.equal(await message(page, "Segundo finalizou!").getAttribute("data-tone"), "success");
    await inPhase(page, delivery, "Finished");
    await eventually("its marker is gone", async () => (await vehicles(page)) === "1");
    assert.equal(await row(page, delivery).getAttribute("data-progress"), "1");
  });

  test("by the hundred ask for their lines a few at a time, once each, and the page stays quick", async () => {
    const page = await openPage();
    for (let index = 0; index < 100; index += 1) gateway.start({ routeId: String(1 + (index % 3)) });
    await eventually("all are drawn", async () => (await vehicles(page)) === "100");
    await eventually(`all lines were asked for`, () => gateway.lines.total >= 100);
    assert.ok(gateway.lines.most <= 4, `${gateway.lines.most} requests at once`);
    const slow = await page.evaluate(async () => {
      const begun = performance.now();
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
      return performance.now() - begun;
    });
    assert.ok(slow < 3000, `ten turns of the page took ${slow} ms`);
    assert.equal(gateway.lines.total, 100);
  });
});

describe("a start through the form", () => {
  test("sends what was chosen, once; the same route again is refused without a request", async () => {
    const page = await openPage();
    await startThroughForm(page, "3", { courier: " moto-9 ", vehicle: "van", speed: "60" });
    await page.waitForSelector('[data-route-id="3"][data-phase="Running"]');
    const { requestId, ...data } = starts()[0].data;
    assert.deepEqual(data, { routeId: "3", courier: "moto-9", vehicle: "van", speedKmh: 60 });
    assert.match(requestId, /^[0-9a-f]{32}$/);

    await page.getByRole("button", { name: "Iniciar uma corrida" }).click();
    const refusal = message(page, "Terceiro já adicionado, espere finalizar.");
    await refusal.waitFor();
    assert.equal(await refusal.getAttribute("data-tone"), "error");
    await page.reload();
    await page.waitForSelector('[data-route-id="3"][data-phase="Running"]');
    await startThroughForm(page, "3");
    await refusal.waitFor();
    assert.equal(starts().length, 1);
  });

  test("as recorded, by nobody in particular, says nothing of speed and courier", async () => {
    const page = await openPage();
    await startThroughForm(page, "1", { vehicle: "bicycle" });
    await page.waitForSelector('[data-route-id="1"]');
    assert.deepEqual(Object.keys(starts()[0].data).sort(), ["requestId", "routeId", "vehicle"]);
  });

  test("that is rejected shows the gateway's sentence", async () => {
    gateway.answer = "reject";
    const page = await openPage();
    await startThroughForm(page, "1");
    const sentence = message(page, "too many deliveries under way");
    await sentence.waitFor();
    assert.equal(await sentence.getAttribute("data-tone"), "error");
    assert.equal(await page.locator("[data-request-id]").count(), 0);
  });

  test("without an answer is shown as waiting; when the line breaks, the person is told", async () => {
    gateway.answer = "silent";
    const page = await openPage();
    await startThroughForm(page, "2");
    await page.locator("[data-request-id]", { hasText: "Segundo" }).waitFor();
    gateway.cut();
    await message(page, "A conexão caiu antes da resposta ao pedido de Segundo").waitFor();
    assert.equal(await page.locator("[data-request-id]").count(), 0);
  });

  test("does not go out without a route or with a speed that is none", async () => {
    const page = await openPage();
    await page.getByRole("button", { name: "Iniciar uma corrida" }).click();
    await startThroughForm(page, "1", { speed: "0" });
    await startThroughForm(page, "1", { speed: "12.5" });
    assert.equal(starts().length, 0);
  });
});

describe("commands from the list", () => {
  test("pause and resume", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await row(page, delivery).getByRole("button", { name: "Pausar" }).click();
    await inPhase(page, delivery, "Suspended");
    await row(page, delivery).getByRole("button", { name: "Retomar" }).click();
    await inPhase(page, delivery, "Running");
    const actions = commands().map(({ data }) => data.action);
    assert.deepEqual(actions, ["suspend", "resume"]);
  });

  test("cancel after a question, and not when the answer is no", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    const cancel = row(page, delivery).getByRole("button", { name: "Cancelar" });
    await cancel.click();
    await page.getByRole("dialog").getByRole("button", { name: "Voltar" }).click();
    await cancel.click();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(commands().length, 0);
    await cancel.click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancelar a entrega" }).click();
    await inPhase(page, delivery, "Cancelled");
    await message(page, "Primeiro foi cancelada.").waitFor();
  });
});

describe("a lost connection", () => {
  test("is shown, comes back by itself, and the deliveries are the same and go on", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    gateway.listening = false;
    gateway.cut();
    await page.waitForSelector('[data-connection="reconnecting"]');
    assert.equal(await page.getByRole("status").innerText(), "Reconectando…");
    assert.ok(await page.getByRole("button", { name: "Iniciar uma corrida" }).isDisabled());
    const seq = Number(await row(page, delivery).getAttribute("data-seq"));
    gateway.listening = true;
    await page.waitForSelector('[data-connection="open"]');
    await eventually(
      "it goes on",
      async () => Number(await row(page, delivery).getAttribute("data-seq")) > seq + 2,
    );
    assert.equal(await page.locator("[data-delivery-id]").count(), 1);
  });

  test("during which a delivery ended is made up for by the snapshot", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    gateway.listening = false;
    gateway.cut();
    await page.waitForSelector('[data-connection="reconnecting"]');
    delivery.phase = "Finished";
    gateway.listening = true;
    await message(page, "Primeiro finalizou!").waitFor();
  });

  test("is not caused by frames that are no good", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    gateway.broadcast("new-position", { deliveryId: delivery.deliveryId, seq: 1e9, position: [999, 0] });
    gateway.broadcast("delivery", { deliveryId: "", phase: 7 });
    gateway.broadcast("weather", { rain: true });
    gateway.broadcast("finished", null);
    const seq = Number(await row(page, delivery).getAttribute("data-seq"));
    await eventually(
      "it goes on",
      async () => Number(await row(page, delivery).getAttribute("data-seq")) > seq + 2,
    );
    assert.equal(await page.getByRole("status").getAttribute("data-connection"), "open");
  });
});

describe("the base map", () => {
  const base = (page, kind) => page.waitForSelector(`main[data-base="${kind}"]`, { timeout: 15_000 });

  function serveStyle({ tiles }) {
    gateway.mapStyle = `${gateway.url}/style.json`;
    gateway.intercept = (path, response) => {
      if (path === "/style.json") {
        const source = { type: "vector", tiles: [`${gateway.url}/tiles/{z}/{x}/{y}.pbf`], maxzoom: 14 };
        const layers = [
          { id: "ground", type: "background", paint: { "background-color": "#203040" } },
          { id: "water", type: "fill", source: "world", "source-layer": "water" },
        ];
        response.end(JSON.stringify({ version: 8, sources: { world: source }, layers }));
        return true;
      }
      if (!path.startsWith("/tiles/")) return false;
      response.writeHead(tiles ? 200 : 500).end();
      return true;
    };
  }

  test("is the public style when that can be had, with the vehicles on it", async () => {
    serveStyle({ tiles: true });
    gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "public");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  test("is the built-in one when the public style's tiles cannot be had", async () => {
    serveStyle({ tiles: false });
    gateway.start({ routeId: "1" });
    const page = await openPage();
    await base(page, "built-in");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  test("is the built-in one when the style's server refuses, or never answers", async () => {
    gateway.mapStyle = "http://127.0.0.1:9/style.json";
    await base(await openPage(), "built-in");
    gateway.mapStyle = `${gateway.url}/style.json`;
    gateway.intercept = (path) => path === "/style.json";
    const begun = Date.now();
    await base(await openPage(), "built-in");
    assert.ok(Date.now() - begun < 8_000);
  });

  test("shows coasts and borders from afar", async () => {
    const page = await openPage();
    await base(page, "built-in");
    const world = page.waitForResponse((response) => response.url().includes("countries-50m"));
    const out = page.getByRole("button", { name: "Afastar" });
    for (let step = 0; step < 9; step += 1) {
      await out.click();
      await page.waitForTimeout(300);
    }
    assert.ok((await world).ok());
  });

  test("that cannot be drawn at all leaves the list working", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const context = await browser.newContext({ viewport: DESKTOP, locale: "pt-BR" });
    contexts.push(context);
    const page = await context.newPage();
    await page.addInitScript(() => {
      HTMLCanvasElement.prototype.getContext = () => null;
    });
    await page.goto(gateway.url);
    await page.getByText("O mapa não pôde ser desenhado").waitFor();
    await inPhase(page, delivery, "Running");
  });
});

describe("a person", () => {
  test("reaches everything with the keyboard: follows, walks the list, leaves with Escape", async () => {
    const first = gateway.start({ routeId: "1" });
    const second = gateway.start({ routeId: "2", start: Date.now() + 1 });
    const page = await openPage();
    await inPhase(page, second, "Running");
    const focused = () => page.evaluate(() => document.activeElement.closest("li")?.dataset.deliveryId);
    await page.getByLabel("Velocidade").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    assert.equal(await focused(), first.deliveryId);
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), second.deliveryId);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Seguindo Segundo" }).waitFor();
    assert.equal(await row(page, second).getAttribute("data-followed"), "true");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Seguindo Segundo" }).waitFor({ state: "detached" });
  });

  test("leaves following by dragging the map, and by a second click", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
    const item = row(page, delivery);
    const follow = item.locator("[data-row]");
    await follow.click();
    assert.equal(await item.getAttribute("data-followed"), "true");
    await page.mouse.move(800, 400);
    await page.mouse.down();
    await page.mouse.move(900, 450, { steps: 5 });
    await page.mouse.up();
    await eventually("following ends", async () => (await item.getAttribute("data-followed")) === "false");
    await follow.click();
    await follow.click();
    assert.equal(await item.getAttribute("data-followed"), "false");
  });

  test("reads it in English when the browser asks for that, or at the switch", async () => {
    const page = await openPage({ locale: "en-US" });
    await page.getByRole("button", { name: "Start a delivery" }).waitFor();
    await page.getByRole("button", { name: "PT" }).click();
    await page.getByRole("button", { name: "Iniciar uma corrida" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "pt-BR");
    await page.reload();
    await page.getByRole("button", { name: "Iniciar uma corrida" }).waitFor();
  });

  test("with a phone sees the map above and the list below, and nothing cut off", async () => {
    const delivery = gateway.start({
      routeId: "1",
      courier: "moto-7 of a very long name indeed, no end to it",
    });
    const page = await openPage({ viewport: PHONE, hasTouch: true });
    await inPhase(page, delivery, "Running");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    const [map, list] = await Promise.all([
      page.locator("main").boundingBox(),
      page.locator("aside").boundingBox(),
    ]);
    assert.ok(map.height > 220 && map.y < list.y);
    const handle = page.getByRole("button", { name: "Recolher o painel" });
    await handle.click();
    await eventually("the map grows", async () => (await page.locator("main").boundingBox()).height > 500);
    await eventually("the drawing has the map's size", async () => {
      const [canvas, view] = [page.locator("canvas"), page.locator("main")];
      return Math.abs((await canvas.boundingBox()).height - (await view.boundingBox()).height) < 2;
    });
  });

  test("who wants no motion gets none: the vehicle steps", async () => {
    const delivery = gateway.start({ routeId: "1" });
    const page = await openPage({ reducedMotion: "reduce" });
    await inPhase(page, delivery, "Running");
    await eventually("the vehicle is drawn", async () => (await vehicles(page)) === "1");
  });

  for (const [name, viewport] of [
    ["a desktop", DESKTOP],
    ["a phone", PHONE],
  ]) {
    test(`finds no barrier that axe knows of, on ${name}`, async () => {
      gateway.start({ routeId: "1", courier: "moto-7" });
      const finished = gateway.start({ routeId: "2", metersPerSecond: 2000 });
      const page = await openPage({ viewport });
      await inPhase(page, finished, "Finished");
      await page.waitForTimeout(500);
      // Not as a script of the page: its policy allows none.
      const violations = await page.evaluate(`(async () => { ${AXE}
        const { violations } = await axe.run();
        return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
      })()`);
      assert.deepEqual(violations, []);
    });
  }
});
