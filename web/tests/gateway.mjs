// A stand-in for the gateway, for tests of the page alone and for developing it: the same HTTP and WebSocket
// interface, vehicles at a constant speed along three drawn routes, and handles to make it misbehave.
// Run as a program it serves the built page: `node tests/gateway.mjs [PORT]`.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { ROUTES, alongRoute } from "./routes.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};
/** As strict as the page can bear: MapLibre runs its workers from blobs, and nothing else needs an exception. */
const POLICY =
  "default-src 'none'; script-src 'self'; worker-src blob:; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self' ws: http://127.0.0.1:9; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FINAL = ["Finished", "Cancelled", "Failed"];
/** As many kilometres an hour when none are asked for. */
const USUAL_SPEED = 45;

/** Starts it on a loopback port (0: any free one). */
export async function startGateway({ port = 0, interval = 500 } = {}) {
  const deliveries = new Map();
  const gateway = {
    deliveries,
    /** Address of the base map's style; a path is one of this server. */
    mapStyle: null,
    /** Frames that the page sent. */
    received: [],
    /** How the gateway answers a start: "accept", "reject" or "silent". */
    answer: "accept",
    /** Whether it takes connections at all. */
    listening: true,
    /** Answers a path itself: `(pathname, response) => boolean`. */
    intercept: () => false,
    /** The most requests for lines that ran at once, and how many there were. */
    lines: { now: 0, most: 0, total: 0 },
    start,
    broadcast,
    /** Cuts all connections, as a lost network does. */
    cut() {
      for (const client of sockets.clients) client.terminate();
    },
    async stop() {
      clearInterval(timer);
      gateway.cut();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  const server = createServer((request, response) => {
    void respond(request, response);
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1024 });
  server.on("upgrade", (request, socket, head) => {
    if (!gateway.listening) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.send(frame("snapshot", { cursor: null, deliveries: [...deliveries.values()].map(view) }));
      client.on("message", (data) => {
        receive(client, data.toString());
      });
    });
  });
  const timer = setInterval(tick, interval);
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  gateway.url = `http://127.0.0.1:${server.address().port}`;
  return gateway;

  function broadcast(event, data) {
    const text = frame(event, data);
    for (const client of sockets.clients) client.send(text);
  }

  /** A delivery as the operator would make it, from a request or from an object. */
  function start({ routeId, courier = "", vehicle = "", speedKmh, ...others }) {
    const route = ROUTES.find((each) => each.id === routeId);
    const now = Date.now();
    const delivery = {
      deliveryId: crypto.randomUUID(),
      name: route.title.toLowerCase(),
      namespace: "default",
      routeId,
      title: route.title,
      courier,
      vehicle,
      phase: "Accepted",
      position: null,
      heading: 0,
      speed: 0,
      progress: 0,
      seq: -1,
      at: now,
      start: now,
      eta: now + 1000 * (route.lengthMeters / ((speedKmh ?? USUAL_SPEED) / 3.6)),
      intervalMilliseconds: interval,
      metersPerSecond: (speedKmh ?? USUAL_SPEED) / 3.6,
      ...others,
    };
    deliveries.set(delivery.deliveryId, delivery);
    broadcast("delivery", view(delivery));
    return delivery;
  }

  function tick() {
    for (const delivery of deliveries.values()) {
      if (delivery.phase !== "Running" && delivery.phase !== "Accepted") continue;
      move(delivery);
    }
  }

  function move(delivery) {
    const { deliveryId, routeId, title } = delivery;
    const route = ROUTES.find((each) => each.id === routeId);
    delivery.seq += 1;
    const meters = delivery.seq * delivery.metersPerSecond * (interval / 1000);
    const place = alongRoute(route, meters);
    const finished = meters >= route.lengthMeters;
    Object.assign(delivery, {
      position: place.position,
      heading: place.heading,
      speed: delivery.metersPerSecond,
      progress: Math.min(1, meters / route.lengthMeters),
      at: delivery.start + delivery.seq * interval,
    });
    if (delivery.phase === "Accepted") {
      delivery.phase = "Running";
      broadcast("delivery", view(delivery));
    }
    const { seq, at, speed, heading, progress, eta } = delivery;
    const position = latLng(delivery.position);
    broadcast("new-position", {
      routeId,
      position,
      finished,
      deliveryId,
      seq,
      at,
      speed,
      heading,
      progress,
      eta,
    });
    if (finished) end(delivery, "Finished", "finished", { deliveryId, routeId, title });
  }

  function end(delivery, phase, event, data) {
    delivery.phase = phase;
    broadcast(event, data);
    setTimeout(() => deliveries.delete(delivery.deliveryId), 60_000).unref();
  }

  function receive(client, text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      client.send(frame("error", { reason: "NotJson", message: "The frame is no JSON." }));
      return;
    }
    gateway.received.push(message);
    const { event, data } = message;
    if (event === "new-direction") answerStart(client, data);
    if (event === "command") obey(data);
  }

  function answerStart(client, data) {
    const { requestId, routeId } = data;
    if (gateway.answer === "silent") return;
    if (gateway.answer === "reject") {
      const message = `Route "${routeId}" has too many deliveries under way; wait until one has ended.`;
      client.send(frame("rejected", { requestId, reason: "TooManyActive", message }));
      return;
    }
    const { deliveryId, title } = start(data);
    client.send(frame("accepted", { requestId, deliveryId, routeId, title }));
  }

  function obey({ deliveryId, action }) {
    const delivery = deliveries.get(deliveryId);
    if (delivery === undefined || FINAL.includes(delivery.phase)) return;
    const { routeId, title } = delivery;
    if (action === "cancel") return end(delivery, "Cancelled", "cancelled", { deliveryId, routeId, title });
    delivery.phase = action === "suspend" ? "Suspended" : "Running";
    broadcast("delivery", view(delivery));
  }

  async function respond(request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    const json = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const line = /^\/deliveries\/([^/]+)\/route$/.exec(pathname);
    if (gateway.intercept(pathname, response)) return;
    if (pathname === "/config.json") return json(200, { mapStyle: gateway.mapStyle });
    if (pathname === "/routes") return json(200, ROUTES.map(summary));
    if (line !== null) {
      const delivery = deliveries.get(decodeURIComponent(line[1]));
      const route = ROUTES.find((each) => each.id === delivery?.routeId);
      gateway.lines.total += 1;
      gateway.lines.now += 1;
      gateway.lines.most = Math.max(gateway.lines.most, gateway.lines.now);
      await new Promise((resolve) => setTimeout(resolve, 15));
      gateway.lines.now -= 1;
      if (route === undefined)
        return json(404, { error: { reason: "UnknownDelivery", message: "No such delivery." } });
      return json(200, { ...summary(route), path: route.path });
    }
    const name = pathname === "/" ? "/index.html" : normalize(pathname);
    try {
      const body = await readFile(join(DIST, name));
      response
        .writeHead(200, {
          "content-type": TYPES[extname(name)] ?? "application/octet-stream",
          "content-security-policy": POLICY,
        })
        .end(body);
    } catch {
      json(404, { error: { reason: "NotFound", message: `There is nothing at ${pathname}.` } });
    }
  }
}

function frame(event, data) {
  return JSON.stringify({ event, data });
}

function view(delivery) {
  return { ...delivery, position: delivery.position && latLng(delivery.position) };
}

function latLng([lng, lat]) {
  return [lat, lng];
}

function summary({ id, title, path, lengthMeters }) {
  const place = ([lng, lat]) => ({ lat, lng });
  const [startPosition, endPosition] = [place(path[0]), place(path.at(-1))];
  return { _id: id, id, title, startPosition, endPosition, lengthMeters, points: path.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const gateway = await startGateway({ port: Number(process.argv[2] ?? 8088) });
  for (const route of ROUTES)
    gateway.start({ routeId: route.id, courier: `moto-${route.id}`, vehicle: "motorcycle" });
  process.stdout.write(`${gateway.url}\n`);
}
