// The built page in a real browser against the fake gateway: the connection, from the first frame to another gateway. Run
// `npm run build` first.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { positionsFrame } from "./binary.mjs";
import { eventually, inPhase, inTime, openPage, row, useWorld, world } from "./page.mjs";

useWorld();

/** What the list shows of a delivery, read at once. */
function shown(page, delivery) {
  return row(page, delivery).evaluate((element) => ({ ...element.dataset }));
}

async function goesOn(page, delivery) {
  const { seq } = await shown(page, delivery);
  await eventually("it goes on", async () => Number((await shown(page, delivery)).seq) > Number(seq) + 2);
}

/** Records every connection status that the page shows from now on. */
async function watchConnection(page) {
  await page.evaluate(() => {
    const status = document.querySelector("[data-connection]");
    window.seen = [status.dataset.connection];
    new MutationObserver(() => window.seen.push(status.dataset.connection)).observe(status, {
      attributeFilter: ["data-connection"],
    });
  });
  return () => page.evaluate(() => window.seen);
}

const ignored = (page) => page.getByRole("status").getAttribute("data-ignored");

describe("positions", () => {
  test("arrive in binary form, and are exactly those that were sent", async () => {
    const delivery = world.gateway.start({ routeId: "1", start: Date.now() + 987_654 });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await goesOn(page, delivery);
    assert.deepEqual(world.gateway.asked, ["mode=latest&batch=true&form=binary"]);
    delivery.phase = "Suspended";
    await eventually("the last one is there", async () => {
      const { seq, lng, lat, progress } = await shown(page, delivery);
      if (Number(seq) !== delivery.seq) return false;
      const exact = delivery.position.map((degrees) => Math.round(degrees * 1e7) / 1e7);
      assert.deepEqual([Number(lng), Number(lat)], exact);
      assert.equal(Number(progress), Math.round(delivery.progress * 10_000) / 10_000);
      return true;
    });
    assert.equal(await ignored(page), "0");
  });

  test("may also arrive as JSON", async () => {
    world.gateway.speaksBinary = false;
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    await goesOn(page, delivery);
    assert.equal(await ignored(page), "0");
  });

  test("that are invalid are counted and shown, and do not affect others", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    const nobodys = { number: 999_999, origin: [0, 0], originAt: 0, interval: 500, position: [1, 1] };
    const good = positionsFrame([{ ...nobodys, seq: 1, at: 500, speed: 1, heading: 2, progress: 0.5 }]);
    world.gateway.broadcastBytes(good);
    world.gateway.broadcastBytes(good.subarray(0, -1));
    world.gateway.broadcastBytes(Buffer.from([1, 0, ...Array(12).fill(255)]));
    world.gateway.broadcastBytes(Buffer.from([9]));
    world.gateway.broadcastBytes(Buffer.alloc(0));
    await eventually("all five are counted", async () => (await ignored(page)) === "5");
    assert.match(await page.getByRole("status").getAttribute("title"), /ignoradas: 5 \(binary: truncated\)/);
    await goesOn(page, delivery);
    assert.equal(await page.getByRole("status").getAttribute("data-connection"), "open");
  });
});

describe("a page", () => {
  test("that is opened later, and a second one, show everything immediately", async () => {
    const deliveries = ["1", "2", "3", "1"].map((routeId) => world.gateway.start({ routeId }));
    const first = await openPage();
    for (const delivery of deliveries) await inPhase(first, delivery, "Running");
    const second = await openPage();
    for (const delivery of deliveries) {
      const { phase, seq } = await shown(second, delivery);
      assert.equal(phase, "Running");
      assert.ok(Number(seq) >= 0);
    }
    for (const page of [first, second]) await goesOn(page, deliveries[3]);
  });

  test("whose connection breaks is complete again within half a second", async () => {
    const deliveries = ["1", "2", "3"].map((routeId) => world.gateway.start({ routeId, speedKmh: 5 }));
    const page = await openPage();
    for (const delivery of deliveries) await inPhase(page, delivery, "Running");
    const took = [];
    // The machine may be busy during some of the attempts, but not all.
    const isSoon = () => Math.min(...took) < 500;
    for (let time = 0; time < 4 || (time < 20 && !isSoon()); time += 1) {
      // Something happens while the page is disconnected, and it must show that.
      const begun = performance.now();
      world.gateway.cut();
      const fresh = world.gateway.start({ routeId: "1" });
      await page.waitForSelector(`[data-delivery-id="${fresh.deliveryId}"]`);
      took.push(performance.now() - begun);
      for (const delivery of deliveries) assert.equal((await shown(page, delivery)).phase, "Running");
      // Not more and more to draw.
      world.gateway.deliveries.delete(fresh.deliveryId);
    }
    assert.ok(isSoon(), `${took.map(Math.round).join(", ")} ms`);
  });
});

describe("a gateway that shuts down", () => {
  test("is replaced by another without a visible change", async () => {
    const deliveries = ["1", "2"].map((routeId) => world.gateway.start({ routeId, speedKmh: 5 }));
    const page = await openPage();
    for (const delivery of deliveries) await inPhase(page, delivery, "Running");
    const seen = await watchConnection(page);
    world.gateway.drain({ withinMilliseconds: 1_000, grace: 60_000 });
    await eventually("the page has moved", () => world.gateway.asked.length >= 2);
    await eventually("it has left the first", () => world.gateway.connections === 1);
    for (const delivery of deliveries) await goesOn(page, delivery);
    assert.deepEqual(await seen(), ["open"]);
    assert.equal(await ignored(page), "0", "it uses the numbers of the second gateway");
  });

  test("immediately is replaced immediately, without a visible change", async () => {
    const delivery = world.gateway.start({ routeId: "1" });
    const page = await openPage();
    await inPhase(page, delivery, "Running");
    const seen = await watchConnection(page);
    world.gateway.drain({ withinMilliseconds: 20_000, grace: 0 });
    await eventually("the page is back", () => world.gateway.asked.length >= 2);
    await goesOn(page, delivery);
    assert.deepEqual(await seen(), ["open"]);
  });
});

describe("the gateway's status", () => {
  test("shows that Kafka is down until it is back", async () => {
    const page = await openPage();
    const alert = page.getByRole("alert");
    assert.equal(await alert.innerText(), "");
    world.gateway.setStatus({ kafka: "unavailable", deliveryStore: "available" });
    await alert.getByText("O Kafka não responde").waitFor();
    await inTime(async () => {
      assert.equal(await page.getByRole("status").innerText(), "Parado");
      assert.ok(await page.getByRole("button", { name: "Iniciar entrega" }).isDisabled());
    });
    world.gateway.setStatus({ kafka: "available", deliveryStore: "available" });
    await eventually("the alert is gone", async () => (await alert.innerText()) === "");
  });

  test("shows below the list that the history is off or unavailable", async () => {
    world.gateway.status = { kafka: "available", deliveryStore: "off" };
    const page = await openPage();
    await page.getByText("As entregas passadas não são guardadas").waitFor();
    world.gateway.setStatus({ kafka: "available", deliveryStore: "unavailable" });
    await page.getByText("As entregas passadas estão indisponíveis").waitFor();
    world.gateway.setStatus({ kafka: "available", deliveryStore: "available" });
    await page.locator("[data-delivery-store]").waitFor({ state: "detached" });
  });

  test("shows skipped positions in the connection status", async () => {
    const page = await openPage();
    world.gateway.broadcast("conflated", { positions: 40 });
    world.gateway.broadcast("conflated", { positions: 2 });
    await page.waitForSelector('[data-conflated="42"]');
    assert.match(await page.getByRole("status").getAttribute("title"), /^42 posições intermediárias/);
  });
});
