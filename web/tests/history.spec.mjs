// The built page in a real browser against the fake gateway: the history view. Run `npm run build` first.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { makeHistory } from "./history.mjs";
import {
  DESKTOP,
  PHONE,
  atRest,
  eventually,
  inPhase,
  inTime,
  newPage,
  openPage,
  useWorld,
  world,
} from "./page.mjs";
import { TAVEUNI } from "./routes.mjs";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core"), "utf8");

useWorld();

async function openHistory(address = "#history", options = {}) {
  const page = await newPage(options);
  await page.goto(`${world.gateway.url}/${address}`);
  await page.waitForSelector('[data-view="history"]');
  return page;
}

const number = (page, name) => page.locator(`[data-number="${name}"]`);
const hash = (page) => page.evaluate(() => location.hash);
const bar = (page) => page.locator("[data-replay-state]");
const map = (page) => page.locator("[data-vehicles], [data-heat]");
const asked = (path) => world.gateway.history.asked.filter((each) => each.startsWith(path));
const lastDay = () =>
  world.gateway.history.deliveries.filter(({ createdAt }) => createdAt >= Date.now() - 86_400_000);

async function inState(page, state) {
  await page.waitForSelector(`[data-replay-state="${state}"]`);
}

describe("the history", () => {
  test("shows number, viewers, duration, speed and punctuality of the last day's deliveries", async () => {
    const page = await openHistory();
    await page.waitForSelector('[data-status="ready"]');
    const expected = lastDay().length;
    assert.ok(expected > 20);
    assert.match(await number(page, "deliveries").innerText(), new RegExp(`\\b${expected}\\b`));
    assert.match(await number(page, "viewers").innerText(), new RegExp(`\\b${Math.ceil(expected / 4)}\\b`));
    assert.match(await number(page, "duration").innerText(), /\d (s|min)[\s\S]*95% até/);
    assert.match(await number(page, "speed").innerText(), /40\s*km\/h[\s\S]*95% até/);
    assert.match(await number(page, "punctuality").innerText(), /de atraso[\s\S]*no máximo/);
    assert.match(
      await number(page, "delay").innerText(),
      /48 ms[\s\S]*95% até 76 ms[\s\S]*no máximo 2 s[\s\S]*3 repetidos/,
    );
    const first = lastDay().filter(({ routeId }) => routeId === "1").length;
    const rows = page.locator("[data-route]");
    assert.equal(await rows.count(), 3);
    assert.equal(await rows.first().getAttribute("data-route-deliveries"), String(first));
    assert.ok((await page.locator("figure rect").count()) > 10);
  });

  test("opens at the time that has data: of a young index all of it, of an old one its last day", async () => {
    const hour = 3_600_000;
    const lastSince = () => {
      const query = new URLSearchParams(asked("/history/summary").at(-1).split("?")[1]);
      return Number(query.get("since"));
    };
    world.gateway.history = makeHistory({ count: 1, newest: Date.now() - hour / 10 });
    const young = await openHistory();
    await number(young, "deliveries").getByText("1", { exact: true }).waitFor();
    assert.ok(Date.now() - lastSince() < hour / 4);
    world.gateway.history = makeHistory({ count: 60, newest: Date.now() - 80 * hour });
    const old = await openHistory();
    await number(old, "deliveries").waitFor();
    const [{ createdAt }] = world.gateway.history.deliveries;
    const expected = world.gateway.history.deliveries.filter((each) => each.createdAt >= lastSince()).length;
    assert.ok(expected > 20 && Math.abs(createdAt - lastSince() - 24 * hour) < hour);
    await number(old, "deliveries").getByText(String(expected), { exact: true }).waitFor();
  });

  test("is not zoomed away by one fast or far delivery, and cuts no number", async () => {
    const { deliveries } = world.gateway.history;
    Object.assign(deliveries[1], { phase: "Finished", end: deliveries[1].start + 1_000 });
    Object.assign(deliveries[2], { route: TAVEUNI, routeId: TAVEUNI.id, title: TAVEUNI.title });
    world.gateway.routes = [TAVEUNI, ...world.gateway.routes];
    const page = await openHistory();
    const chart = page.locator("figure", { hasText: "Velocidade média de cada entrega" });
    await chart
      // The fast one, and the far one.
      .locator('[data-above="2"]')
      .getByText(/2 acima da escala; a maior: \d\.?\d{3}\s*km\/h/)
      .waitFor();
    const labels = await chart
      .locator("text")
      .evaluateAll((texts) => texts.map((text) => ({ text: text.textContent, left: text.getBBox().x })));
    assert.ok(labels.some(({ text }) => /km\/h/.test(text)));
    assert.deepEqual(
      labels.filter(({ left }) => left < 0),
      [],
    );
    await page.waitForSelector('[data-route="9"]');
    await eventually("the map shows the city", async () => {
      const [west, , east] = (await page.locator("[data-area]").getAttribute("data-area")).split(",");
      return Number(east) - Number(west) < 0.2 && Number(west) < -47;
    });
  });

  test("has a table with the data of its chart", async () => {
    const page = await openHistory();
    await page.getByText("Ver como tabela").first().click();
    const cells = await page.locator("figure table").first().locator("tbody td").allInnerTexts();
    const sum = cells.reduce((total, cell) => total + Number(cell), 0);
    assert.equal(sum, lastDay().length);
  });

  test("shows the duration, speed and delay of each delivery over time", async () => {
    const page = await openHistory();
    const finished = lastDay().filter(({ phase }) => phase === "Finished").length;
    for (const title of ["Duração de cada entrega", "Velocidade média de cada", "Atraso de cada entrega"]) {
      const chart = page.locator("figure", { hasText: title });
      await chart.waitFor();
      await inTime(async () => {
        assert.equal(await chart.locator("circle").count(), finished);
        assert.equal(await chart.locator("tbody tr").count(), finished);
      });
    }
  });

  test("is reached from the map and leads back to it, where deliveries go on", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await page.getByRole("link", { name: "Histórico" }).click();
    await page.waitForSelector("[data-number]");
    assert.equal(await hash(page), "#history");
    await inTime(async () => assert.equal(await page.title(), "Histórico · Code Delivery"));
    assert.equal(await page.getByRole("button", { name: "Iniciar entrega" }).count(), 0);
    await page.getByRole("link", { name: "Mapa", exact: true }).click();
    await inPhase(page, delivery, "Running");
    await inTime(async () => assert.equal(await page.title(), "Code Delivery"));
    await page.waitForSelector('[data-vehicles="1"]');
    await page.goBack();
    await page.waitForSelector("[data-number]");
  });

  test("queries the chosen range, route and courier, and keeps them in the URL", async () => {
    const page = await openHistory();
    await page.waitForSelector('[data-status="ready"]');
    await page.getByRole("radio", { name: "Última hora" }).check();
    await page.locator("select[name=history-route]").selectOption("2");
    await page.getByLabel("Entregador").fill("moto-4");
    await page.keyboard.press("Enter");
    await eventually(
      "the address says so",
      async () => (await hash(page)) === "#history?range=1h&route=2&courier=moto-4",
    );
    await eventually("it is asked", () =>
      asked("/history/summary").at(-1).endsWith("&route=2&courier=moto-4"),
    );
    const query = new URLSearchParams(asked("/history/summary").at(-1).split("?")[1]);
    assert.equal(query.get("until") - query.get("since"), 3_600_000);
    await page.reload();
    await page.waitForSelector('[data-status="ready"]');
    assert.equal(await page.getByLabel("Entregador").inputValue(), "moto-4");
    assert.ok(await page.getByRole("radio", { name: "Última hora" }).isChecked());
  });

  test("accepts a custom range, and says what is wrong with an invalid one", async () => {
    const page = await openHistory();
    await page.getByRole("radio", { name: "Outro…" }).check();
    await page.getByLabel("De", { exact: true }).fill("2026-11-20T10:00");
    await page.getByLabel("Até", { exact: true }).fill("2026-11-20T09:00");
    await page.getByRole("button", { name: "Aplicar" }).click();
    await page.getByText("O fim do período é anterior ao início").waitFor();
    await page.getByLabel("Até", { exact: true }).fill("2026-11-20T12:30");
    await page.getByRole("button", { name: "Aplicar" }).click();
    await page.getByText("Nenhuma entrega neste período").waitFor();
    const query = new URLSearchParams(asked("/history/summary").at(-1).split("?")[1]);
    assert.equal(query.get("until") - query.get("since"), 2.5 * 3_600_000);
  });
});

describe("the history map", () => {
  test("shows heat where positions were, and queries its area again when it has moved", async () => {
    const page = await openHistory();
    await page.waitForSelector("[data-positions]");
    const positions = lastDay().reduce((sum, { stops }) => sum + stops, 0);
    await eventually("all of them are in view", async () => {
      return Number(await page.locator("[data-positions]").getAttribute("data-positions")) === positions;
    });
    await eventually("they are drawn", async () => Number(await map(page).getAttribute("data-heat")) > 50);
    await atRest(page);
    const before = asked("/history/heat").length;
    const box = await page.locator("main").boundingBox();
    const middle = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(...middle);
    await page.mouse.down();
    for (let step = 1; step <= 10; step += 1) await page.mouse.move(middle[0] + step * 20, middle[1]);
    await page.mouse.up();
    await eventually("it is asked again", () => asked("/history/heat").length > before);
    // No more are to come.
    await page.waitForTimeout(1_000);
    assert.ok(asked("/history/heat").length <= before + 3, "not at every step of the drag");
  });

  test("has a layer per route, which can be hidden", async () => {
    const page = await openHistory();
    // In the order in which they were answered.
    const drawn = async () => {
      const layers = (await map(page).getAttribute("data-route-layers")) ?? "";
      return layers.split(" ").sort().join(" ");
    };
    await page.waitForSelector("[data-positions]");
    await page.getByRole("radio", { name: "Rotas" }).check();
    await eventually("all are drawn", async () => (await drawn()) === "1 2 3");
    await eventually("the heat is gone", async () => (await map(page).getAttribute("data-heat")) === "0");
    await page.getByRole("checkbox", { name: "Segundo: mostrar" }).uncheck();
    await eventually("one is hidden", async () => (await drawn()) === "1 3");
  });

  test("shows who passed where it is clicked", async () => {
    const page = await openHistory();
    await page.waitForSelector("[data-positions]");
    // Where a route begins, as all its deliveries do.
    const around = "#history?show=near&near=-47.92923,-15.82594&radius=25";
    await page.goto(`${world.gateway.url}/${around}`);
    const expected = lastDay().filter(({ routeId }) => routeId === "1").length;
    await page.waitForSelector(`[data-passages="${expected}"]`);
    await atRest(page);
    const box = await page.locator("main").boundingBox();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await eventually("another place is asked about", async () => {
      const { length } = asked("/history/near");
      return length >= 2 && !(await hash(page)).includes("-47.92923,");
    });
    const [, lng, lat] = /near=([-\d.]+),([-\d.]+)/.exec(await hash(page));
    assert.ok(Math.abs(lng - -47.927) < 0.01 && Math.abs(lat - -15.826) < 0.01);
    await inTime(async () =>
      assert.equal(await page.getByLabel("Longitude").inputValue(), Number(lng).toFixed(5)),
    );
  });

  test("also accepts coordinates, and refuses invalid ones", async () => {
    const page = await openHistory("#history?show=near");
    await page.getByLabel("Longitude").fill("-47,92756");
    await page.getByLabel("Latitude").fill("-95");
    await page.getByRole("button", { name: "Procurar" }).click();
    await page.getByText("Coordenadas inválidas").waitFor();
    assert.equal(asked("/history/near").length, 0);
    await page.getByLabel("Latitude").fill("-15,82449");
    await page.getByLabel("Raio").selectOption("50");
    await page.getByRole("button", { name: "Procurar" }).click();
    await page.waitForSelector("[data-passage-id]");
    const passage = page.locator("[data-passage-id]", { hasText: "Segundo" }).first();
    assert.match(await passage.textContent(), /moto-\d.*\d\d:\d\d:\d\d–\d\d:\d\d:\d\d/);
    await page.getByLabel("Latitude").fill("10");
    await page.getByRole("button", { name: "Procurar" }).click();
    await page.getByText("Nenhuma entrega passou a menos de 50 m daqui").waitFor();
  });
});

describe("past deliveries", () => {
  test("are listed only when they have ended", async () => {
    world.gateway.history.deliveries[0].phase = "Running";
    const page = await openHistory("#history?show=deliveries");
    await page.waitForSelector("[data-past-id]");
    assert.equal(await page.locator("[data-past-id]").first().getAttribute("data-past-id"), "past-1");
  });

  test("are listed, newest first, page by page", async () => {
    const page = await openHistory("#history?show=deliveries&range=7d");
    await page.waitForSelector("[data-past-id]");
    assert.equal(await page.locator("[data-past-id]").count(), 30);
    assert.equal(await page.locator("[data-past-id]").first().getAttribute("data-past-id"), "past-0");
    await page.getByRole("button", { name: "Mais antigas" }).click();
    await eventually("all are there", async () => (await page.locator("[data-past-id]").count()) === 60);
    assert.equal(await page.getByRole("button", { name: "Mais antigas" }).count(), 0);
  });

  test("are replayed along their path, with their heading, to their end", async () => {
    const page = await openHistory("#history?show=deliveries");
    await page.locator('[data-past-id="past-1"] a').click();
    await inState(page, "playing");
    assert.equal(await hash(page), "#history/past-1?show=deliveries");
    const { courier, name } = world.gateway.history.deliveries[1];
    // Its positions may be here before its names.
    await inTime(async () => {
      assert.equal(await bar(page).getAttribute("aria-label"), `Reprodução de ${courier} na rota Primeiro`);
      assert.match(await bar(page).innerText(), new RegExp(`${courier}\\s+Primeiro · Carro · ${name}`));
    });
    const seen = [];
    await eventually("it moves", async () => {
      const { lng, lat, heading } = await map(page).evaluate((element) => ({ ...element.dataset }));
      if (lng !== undefined && seen.at(-1)?.lng !== lng) seen.push({ lng, lat, heading });
      return seen.length > 5;
    });
    assert.equal(
      seen.every(({ heading }) => Number(heading) >= 0 && Number(heading) <= 360),
      true,
    );
    await page.getByRole("radio", { name: "20×" }).check();
    await inState(page, "paused");
    const { route, stops } = world.gateway.history.deliveries[1];
    const [lng, lat] = route.path.at(-1);
    await inTime(async () => {
      const end = await map(page).evaluate((element) => ({ ...element.dataset }));
      assert.ok(Math.abs(end.lng - lng) < 1e-4 && Math.abs(end.lat - lat) < 1e-4, `${end.lng}, ${end.lat}`);
      assert.equal(await bar(page).getAttribute("data-replay-positions"), String(stops));
    });
    await page.goBack();
    await bar(page).waitFor({ state: "detached" });
    assert.equal(await hash(page), "#history?show=deliveries");
  });

  test("open by their URL, and seek with the keyboard", async () => {
    const page = await openHistory("#history/past-2", { reducedMotion: "reduce" });
    await inState(page, "paused");
    const slider = page.getByRole("slider", { name: "Momento" });
    await slider.focus();
    assert.equal(await slider.inputValue(), "0");
    await page.keyboard.press("ArrowRight");
    await inTime(async () => {
      assert.equal(await slider.inputValue(), "5000");
      assert.match(await slider.getAttribute("aria-valuetext"), /5 s de/);
    });
    await page.keyboard.press("End");
    const { start, end } = world.gateway.history.deliveries[2];
    await inTime(async () => assert.equal(await slider.inputValue(), String(end - start)));
    await page.keyboard.press("Home");
    await page.keyboard.press("Space");
    await inState(page, "playing");
    await page.keyboard.press("Escape");
    await bar(page).waitFor({ state: "detached" });
  });

  test("seek with the mouse", async () => {
    const page = await openHistory("#history/past-2", { reducedMotion: "reduce" });
    await inState(page, "paused");
    const slider = page.getByRole("slider", { name: "Momento" });
    // Before it is drawn, its names may still move the slider.
    const before = await eventually("it is drawn", () => map(page).getAttribute("data-lng"));
    // In its middle.
    await slider.click();
    const { start, end } = world.gateway.history.deliveries[2];
    await inTime(async () => {
      const at = Number(await slider.inputValue());
      assert.ok(Math.abs(at / (end - start) - 0.5) < 0.03, `${at} ms of ${end - start}`);
      assert.notEqual(await map(page).getAttribute("data-lng"), before);
    });
  });

  test("start where they passed a place, when opened from there", async () => {
    const page = await openHistory("#history?show=near&near=-47.9252,-15.8279&radius=25", {
      reducedMotion: "reduce",
    });
    const link = page.locator("[data-passage-id] a").first();
    await link.click();
    await inState(page, "paused");
    await inTime(async () => {
      const at = Number(await page.getByRole("slider", { name: "Momento" }).inputValue());
      assert.ok(at > 5_000, `${at} ms after the start`);
    });
    assert.match(await hash(page), /from=/);
  });

  test("without positions, or unknown ones, say so", async () => {
    const page = await openHistory("#history/never-seen");
    await inState(page, "empty");
    await page.getByText("O índice não tem posições desta entrega").waitFor();
  });
});

describe("a history that is unavailable", () => {
  for (const [state, kind, sentence] of [
    ["HistoryOff", "off", "elasticsearch.url"],
    ["HistoryUnavailable", "unavailable", "O Elasticsearch não responde"],
    ["HistoryTooSlow", "tooSlow", "Escolha um período menor"],
    ["InvalidParameter", "refused", "O gateway recusou a consulta \\(InvalidParameter\\)"],
  ]) {
    test(`says why (${state}), and what to do; the live map is not affected`, async () => {
      world.gateway.history.state = state;
      const delivery = world.gateway.start({ routeId: "1" });
      const page = await openHistory();
      const trouble = page.locator(`[data-problem="${kind}"]`).first();
      await trouble.waitFor();
      assert.match(await trouble.innerText(), new RegExp(sentence));
      await page.getByRole("link", { name: "Mapa", exact: true }).click();
      await inPhase(page, delivery, "Running");
    });
  }

  test("is queried again on request", async () => {
    world.gateway.history.state = "HistoryUnavailable";
    const page = await openHistory();
    await page.locator('[data-problem="unavailable"]').first().waitFor();
    world.gateway.history.state = "available";
    // By now the page may have found out by itself.
    const again = page.getByRole("button", { name: "Tentar de novo" });
    await again.dispatchEvent("click", {}, { timeout: 2_000 }).catch(() => undefined);
    await page.waitForSelector('[data-number="deliveries"]');
  });

  test("because the gateway's response is invalid does not break the page", async () => {
    world.gateway.intercept = (path, response) => {
      if (!path.startsWith("/history/")) return false;
      response.end("<html>");
      return true;
    };
    const page = await openHistory();
    await page.locator('[data-problem="failed"]').first().waitFor();
  });

  test("or empty says so", async () => {
    world.gateway.history = makeHistory({ count: 0 });
    const page = await openHistory();
    await page.getByText("Nenhuma entrega neste período").waitFor();
    await page.getByRole("tab", { name: "Entregas" }).click();
    await page.getByText("Nenhuma entrega neste período").waitFor();
  });
});

describe("a user of the history", () => {
  test("switches tabs with the arrow keys", async () => {
    const page = await openHistory();
    await page.getByRole("tab", { name: "Resumo" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("[data-past-id]");
    assert.equal(await hash(page), "#history?show=deliveries");
    await page.keyboard.press("End");
    await page.getByLabel("Longitude").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector("[data-number]");
  });

  test("reads it in English", async () => {
    const page = await openHistory("#history", { locale: "en-US" });
    await page.getByRole("tab", { name: "Summary" }).waitFor();
    await page.getByText("Deliveries over time").waitFor();
    await page.getByRole("link", { name: "History" }).waitFor();
  });

  test("on a phone sees nothing cut off, also with a replay", async () => {
    const page = await openHistory("#history/past-0", { viewport: PHONE, hasTouch: true });
    await inState(page, "playing");
    await page.waitForSelector("[data-number]");
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width);
    // Its names, which may come later, make the bar larger.
    await bar(page).getByText(world.gateway.history.deliveries[0].name).waitFor();
    await inTime(async () => {
      const [replay, main] = await Promise.all([bar(page).boundingBox(), page.locator("main").boundingBox()]);
      assert.ok(replay.y >= main.y && replay.y + replay.height <= main.y + main.height);
      assert.ok(replay.x >= 0 && replay.x + replay.width <= PHONE.width);
    });
  });

  for (const [name, viewport] of [
    ["a desktop", DESKTOP],
    ["a phone", PHONE],
  ]) {
    for (const address of [
      "#history",
      "#history/past-0?show=deliveries",
      "#history?show=near&near=-47.92923,-15.82594",
    ]) {
      test(`finds no accessibility violation by axe, on ${name}, at ${address}`, async () => {
        const page = await openHistory(address, { viewport });
        await page.waitForSelector("[data-number], [data-past-id], [data-passage-id]");
        // Whatever else is to be seen, is.
        await page.waitForSelector('[data-status="ready"]');
        await page.waitForSelector('main:not([data-base="loading"])');
        const violations = await page.evaluate(`(async () => { ${AXE}
          const { violations } = await axe.run();
          return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));
        })()`);
        assert.deepEqual(violations, []);
      });
    }
  }
});
