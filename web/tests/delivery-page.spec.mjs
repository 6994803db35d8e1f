// The built page in a real browser against the fake gateway: a delivery's own page. Run `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import {
  DESKTOP,
  PHONE,
  eventually,
  inPhase,
  inTime,
  newPage,
  openPage,
  row,
  useWorld,
  world,
} from "./page.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");

useWorld();

async function openDelivery({ namespace, name }, options = {}, query = "") {
  const page = await newPage(options);
  await page.goto(`${world.gateway.url}/#/delivery/${namespace}/${name}${query}`);
  return page;
}

const inState = (page, state) => page.waitForSelector(`[data-delivery-state="${state}"]`);
const event = (page, key) => page.locator(`[data-event="${key}"]`);
const fact = (page, key) => page.locator(`[data-fact="${key}"]`);
const samples = async (page) => Number(await page.locator("[data-samples]").getAttribute("data-samples"));
const hash = (page) => page.evaluate(() => location.hash);

const span = (id, parent, name, service, startMicroseconds, durationMicroseconds) => ({
  ...{ id, parent, name, service, instance: `${service}-7`, startMicroseconds, durationMicroseconds },
  ...{ attributes: {}, events: [], failed: false },
});
const SPANS = [
  span("a", null, "accept", "operator", 0, 412_000),
  {
    ...span("b", "a", "create pod", "operator", 1_200_000, 40_000),
    failed: true,
    error: "Kubernetes refuses the pod.",
    attributes: { attempt: 1 },
  },
  span("c", "a", "first broadcast", "gateway", 1_300_000, 61_000),
];

describe("a delivery's own page", () => {
  test("is a link of its row, for the mouse and the keyboard, and shows what has happened so far", async () => {
    const delivery = world.gateway.start({ routeId: "1", courier: "moto-7", vehicle: "motorcycle" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    const link = row(page, delivery).getByRole("link", { name: "Detalhes: moto-7 na rota Primeiro" });
    assert.equal(await link.getAttribute("href"), "#/delivery/default/primeiro-1");
    await row(page, delivery).locator("[data-row]").focus();
    for (let step = 0; step < 3; step += 1) await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await inState(page, "shown");
    assert.equal(await hash(page), "#/delivery/default/primeiro-1");
    await page.getByRole("heading", { name: "moto-7" }).waitFor();
    for (const key of ["ordered", "started", "newest", "expected"]) await event(page, key).waitFor();
    assert.equal(await event(page, "paused").count(), 0);
    const failed = page.locator("[data-reason=PodFailed]");
    assert.match(
      await failed.innerText(),
      /Aviso: O pod falhou[\s\S]*\d\d:\d\d:\d\d · 3 vezes em 1\s*s[\s\S]*The operator says PodFailed\./,
    );
    assert.equal(await failed.getAttribute("data-warning"), "true");
    await eventually("the events are where they happened", async () => {
      const items = page.locator("[data-event]");
      const told = await items.evaluateAll((all) =>
        all.map(({ dataset }) => dataset.reason ?? dataset.event),
      );
      return told.join(" ") === "ordered PodFailed started UnderWay newest expected";
    });
    assert.match(await event(page, "ordered").innerText(), /Pedida[\s\S]*\d\d:\d\d:\d\d/);
    assert.match(await fact(page, "speed").innerText(), /45\s*km\/h/);
    await eventually("the record is told", async () =>
      /route\.new-position, partição 1, offset 1\d{3}/.test(await fact(page, "record").innerText()),
    );
    assert.equal(await fact(page, "plan").innerText(), "delivery.plan, partição 1, offset 1");
    assert.equal(await fact(page, "trace").innerText(), "0af7651916cd43dd8448eb211c80319c");
    await eventually(
      "the pod is told",
      async () => (await fact(page, "pod").innerText()) === "primeiro-1-x2b4",
    );
    await eventually("positions are drawn as they arrive", async () => (await samples(page)) > 5);
    await inTime(async () => assert.equal(await page.locator("figure polyline").count(), 2));
    await page.goBack();
    await row(page, delivery).waitFor();
  });

  test("opens in a new tab with the middle button", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    const [opened] = await Promise.all([
      page.context().waitForEvent("page"),
      row(page, delivery).locator("[data-details]").click({ button: "middle" }),
    ]);
    await inState(opened, "shown");
    assert.equal(await hash(page), "");
  });

  test("tells pauses, and the end", async () => {
    // The times of the binary form would be those of the old start.
    world.gateway.speaksBinary = false;
    const delivery = world.gateway.start({ routeId: "1" });
    const { start } = delivery;
    const tell = () => {
      const position = delivery.position.toReversed();
      world.gateway.broadcast("delivery", { ...delivery, start, position, number: null });
    };
    const page = await openDelivery(delivery);
    await event(page, "newest").waitFor();
    delivery.phase = "Suspended";
    tell();
    await event(page, "paused").waitFor();
    await inTime(async () => assert.match(await event(page, "paused").innerText(), /até ser retomada/));
    await event(page, "expected").waitFor({ state: "detached" });
    delivery.start += 60_000;
    delivery.phase = "Running";
    tell();
    await eventually("the pause has a duration", async () =>
      /por 1 min/.test(await event(page, "paused").innerText()),
    );
    delivery.metersPerSecond = 20_000;
    await event(page, "Finished").waitFor();
    await eventually("the time of the end is told", async () =>
      /\d\d:\d\d:\d\d/.test(await event(page, "Finished").innerText()),
    );
    await event(page, "expected").waitFor({ state: "detached" });
  });

  test("of a past delivery has its stored positions and its replay", async () => {
    const past = world.gateway.history.deliveries[0];
    const page = await openDelivery(past);
    await inState(page, "shown");
    await event(page, past.phase).waitFor();
    await eventually("the charts are there", async () => (await samples(page)) > 100);
    assert.ok((await samples(page)) <= 240);
    await page.getByRole("link", { name: "Reproduzir no mapa" }).click();
    await page.waitForSelector("[data-replay-state]");
    assert.equal(await hash(page), "#history/past-0");
  });

  test("says that a delivery does not exist, and leads back", async () => {
    const page = await openDelivery({ namespace: "default", name: "nobody" });
    await inState(page, "unknown");
    await page.getByText("Não existe uma entrega nobody no namespace default").waitFor();
    await page.getByRole("link", { name: "Voltar ao mapa" }).click();
    await page.waitForSelector('[data-view="live"]');
    const other = await openDelivery({ namespace: "default", name: "nobody" }, {}, "?id=none");
    await inState(other, "unknown");
  });

  test("says that a delivery was erased while it was open", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openDelivery(delivery);
    await fact(page, "record").waitFor();
    await eventually("its details are there", async () =>
      /partição/.test(await fact(page, "record").innerText()),
    );
    world.gateway.deliveries.delete(delivery.deliveryId);
    world.gateway.broadcast("snapshot", { cursor: null, reason: "missed", deliveries: [] });
    await inState(page, "gone");
    await page.getByText("Esta entrega foi apagada").waitFor();
    await inTime(async () => assert.equal(await page.getByText("primeiro-1").count(), 0));
  });

  test("waits for a gateway that is away, and goes on by itself", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    world.gateway.listening = false;
    world.gateway.intercept = (pathname, response) => {
      if (!pathname.startsWith("/deliveries")) return false;
      response.destroy();
      return true;
    };
    const page = await openDelivery(delivery);
    await inState(page, "away");
    await page.getByText("O gateway não responde, e a página ainda não sabe nada").waitFor();
    world.gateway.listening = true;
    world.gateway.intercept = () => false;
    await inState(page, "shown");
  });

  test("without a history shows what it has received, and offers no replay", async () => {
    world.gateway.history.state = "HistoryOff";
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openDelivery(delivery);
    await page.getByText("Esta instalação não tem histórico").waitFor();
    await eventually("what arrives is drawn", async () => (await samples(page)) > 3);
    assert.equal(await page.getByRole("link", { name: "Reproduzir no mapa" }).count(), 0);
    await page.getByRole("link", { name: "Seguir no mapa" }).waitFor();
  });

  test("has commands to copy, or to select where a page has no clipboard", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openDelivery(delivery, { permissions: ["clipboard-read", "clipboard-write"] });
    const command = page.locator('[data-command="describe"]');
    // It is said for a moment only.
    await Promise.all([command.getByText("Copiado").waitFor(), command.getByRole("button").click()]);
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      "kubectl describe delivery primeiro-1 --namespace default",
    );
    await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
    const logs = page.locator('[data-command="logs"]');
    await Promise.all([logs.getByText("Selecionado").waitFor(), logs.getByRole("button").click()]);
    assert.equal(
      await page.evaluate(() => getSelection().toString()),
      "kubectl logs --selector codedelivery.dev/delivery=primeiro-1 --container simulator --namespace default",
    );
  });

  test("draws its trace once somebody opens it, by the keyboard too, and asks again while it is open", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    world.gateway.traces = {};
    const page = await openDelivery(delivery);
    await inState(page, "shown");
    const summary = page.locator("summary", { hasText: "O que cada serviço fez" });
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector('[data-trace-problem="refused"]');
    let asked = 0;
    world.gateway.intercept = (pathname) => {
      if (pathname.endsWith("/trace")) asked += 1;
      return false;
    };
    await page.evaluate(() => {
      globalThis.changes = 0;
      const count = () => {
        globalThis.changes += 1;
      };
      const options = { subtree: true, childList: true, characterData: true };
      new MutationObserver(count).observe(document.querySelector("details"), options);
    });
    await eventually("it is asked for twice more", () => asked >= 2);
    assert.equal(await page.evaluate(() => globalThis.changes), 0, "and the sentence stays");
    world.gateway.traces = { [delivery.deliveryId]: SPANS };
    await page.waitForSelector('[data-trace="4bf92f3577b34da6a3ce929d0e0e4736"]');
    assert.deepEqual(
      await page.locator("[data-span]").evaluateAll((rows) => rows.map((row) => row.dataset.span)),
      ["accept", "create pod", "first broadcast"],
    );
    const failed = page.locator('[data-span="create pod"]');
    assert.match(
      await failed.innerText(),
      /create pod falhou attempt 1\s+Kubernetes refuses the pod\.[\s\S]*operator operator-7[\s\S]*1,2\s*s[\s\S]*40\s*ms/,
    );
    assert.equal(await page.locator("[data-why]").count(), 1);
    assert.equal(await failed.locator("th").getAttribute("title"), "Kubernetes refuses the pod.");
    assert.equal(await page.locator("[data-trace-problem]").count(), 0);
    world.gateway.traces = "away";
    await page.waitForSelector('[data-trace-problem="unavailable"]');
    assert.equal(await page.locator("[data-span]").count(), 3, "what is known stays");
    assert.deepEqual(
      await page.evaluate(`(async () => { ${AXE}
      return (await axe.run()).violations.map(({ id }) => id);
    })()`),
      [],
    );
  });

  test("says nothing of traces where the gateway tells none", async () => {
    const page = await openDelivery(world.gateway.start({ routeId: "1" }));
    await inState(page, "shown");
    await page.locator("[data-command]").first().waitFor();
    // Nothing is to appear, whatever is still on its way.
    await page.waitForTimeout(500);
    assert.equal(await page.locator("summary", { hasText: "O que cada serviço fez" }).count(), 0);
  });

  for (const [name, options] of [
    ["a desktop", { viewport: DESKTOP }],
    [
      "a phone, in English, with forced colours",
      { viewport: PHONE, locale: "en-US", forcedColors: "active" },
    ],
  ]) {
    test(`fits on ${name}, without an accessibility violation by axe`, async () => {
      const courier = "שליח-7 of a very long name indeed, no end to it at all, and then some more";
      const delivery = world.gateway.start({ routeId: "1", courier, vehicle: "van" });
      const page = await openDelivery(delivery, options);
      await eventually("the charts are there", async () => (await samples(page)) > 2);
      const { width } = options.viewport;
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      assert.equal(await page.locator("main").evaluate((main) => main.scrollWidth > main.clientWidth), false);
      assert.equal(await page.locator("h2 bdi").innerText(), courier);
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
