// A fake gateway for testing and developing the page alone: the same HTTP and WebSocket interface, vehicles at a constant
// speed along three routes, and controls to make it misbehave. As a program it serves the built page:
// `node tests/gateway.mjs [PORT]`.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";
import { positionsFrame } from "./binary.mjs";
import { makeHistory } from "./history.mjs";
import { NORTH_POLE, ROUTES, TAVEUNI, alongRoute, wrap } from "./routes.mjs";
import { makeShop } from "./shop.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};
/** As strict as possible: images in MapLibre's style sheet are data URLs, and nothing else needs an exception. */
const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self' http://127.0.0.1:9; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const FINAL = ["Finished", "Cancelled", "Failed"];
/** Kilometres per hour. */
const DEFAULT_SPEED = 45;

/** Starts it on a loopback port (0: any free one). */
export async function startGateway({ port = 0, interval = 500 } = {}) {
  const deliveries = new Map();
  let count = 0;
  let shop = null;
  const gateway = {
    deliveries,
    /** The URL of the base map's style. */
    mapStyle: null,
    /** The routes on which a delivery can be started. */
    routes: [...ROUTES],
    /** Frames received from the page. */
    received: [],
    /** The answer to a start request: "accept", "reject" or "silent". */
    answer: "accept",
    /** The reason of a rejection. */
    rejection: "TooManyActive",
    /** Whether it accepts WebSocket connections. */
    listening: true,
    /** Whether it is gone altogether: nothing answers at its address. */
    away: false,
    /** Its status; null: not sent, as by a gateway that does not know the frame. */
    status: { kafka: "available", deliveryStore: "available" },
    speaksBinary: true,
    /** The current replica: new connections go to it, and each replica assigns its own delivery numbers. */
    replica: 0,
    /** The query string of each connection. */
    asked: [],
    /** Handles a path itself: `(pathname, response) => boolean`. */
    intercept: () => false,
    /** The content of Elasticsearch. */
    history: makeHistory(),
    /** Whether Jaeger does not answer, or the spans of each delivery by its id; null: there is no Jaeger. */
    traces: null,
    /** What an entrance joins to it; null: the page is served by the gateway alone. */
    get shop() {
      return shop;
    },
    set shop(joined) {
      shop = joined;
      if (joined !== null) joined.changed = relay;
    },
    /** Whether it relays changed notifications; otherwise it does not know the frame, as an older one. */
    relays: true,
    /** Requests for lines: running now, the maximum at once, and in total. */
    lines: { now: 0, most: 0, total: 0 },
    start,
    broadcast,
    /** Sends raw bytes to all clients. */
    broadcastBytes(bytes) {
      for (const client of sockets.clients) client.send(bytes);
    },
    setStatus(status) {
      gateway.status = status;
      broadcast("status", status);
    },
    /** Asks all clients to reconnect to another replica, and closes after `grace` milliseconds. */
    drain({ withinMilliseconds, grace }) {
      gateway.replica += 1;
      for (const client of sockets.clients) {
        client.send(frame("reconnect", { cursor: null, withinMilliseconds, reason: "draining" }));
        setTimeout(() => client.close(1001), grace).unref();
      }
    },
    get connections() {
      return sockets.clients.size;
    },
    /** Terminates all connections, as when the network is lost. */
    cut() {
      for (const client of sockets.clients) client.terminate();
    },
    leave() {
      gateway.away = true;
      gateway.cut();
    },
    comeBack() {
      gateway.away = false;
    },
    async stop() {
      clearTimeout(timer);
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
    if (!gateway.listening || gateway.away) return socket.destroy();
    sockets.handleUpgrade(request, socket, head, (client) => {
      const query = new URL(request.url, "http://localhost").searchParams;
      gateway.asked.push(query.toString());
      client.replica = gateway.replica;
      client.binary = gateway.speaksBinary && query.get("form") === "binary";
      const all = [...deliveries.values()].map((delivery) => view(delivery, client));
      client.send(frame("snapshot", { cursor: null, reason: "connected", deliveries: all }));
      if (gateway.status !== null) client.send(frame("status", gateway.status));
      client.on("message", (data) => {
        receive(client, data.toString());
      });
    });
  });
  // By the clock: an interval that is late each time would send fewer positions than their times tell.
  let due = Date.now() + interval;
  let timer = setTimeout(beat, interval);
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  gateway.url = `http://127.0.0.1:${server.address().port}`;
  return gateway;

  function broadcast(event, data) {
    const text = frame(event, data);
    for (const client of sockets.clients) client.send(text);
  }

  function broadcastDelivery(delivery) {
    for (const client of sockets.clients) client.send(frame("delivery", view(delivery, client)));
  }

  /** Creates a delivery as the operator would, from a request or from an object. */
  function start({ requestId, routeId, courier = "", vehicle = "", speedKmh, ...others }) {
    const known = [...deliveries.values()].find((each) => requestId && each.requestId === requestId);
    if (known !== undefined) return known;
    const route = gateway.routes.find((each) => each.id === routeId);
    const now = Date.now();
    const delivery = {
      deliveryId: crypto.randomUUID(),
      requestId,
      number: (count += 1),
      name: `${route.title.toLowerCase()}-${count}`,
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
      eta: now + 1000 * (route.lengthMeters / ((speedKmh ?? DEFAULT_SPEED) / 3.6)),
      intervalMilliseconds: interval,
      metersPerSecond: (speedKmh ?? DEFAULT_SPEED) / 3.6,
      ...others,
    };
    deliveries.set(delivery.deliveryId, delivery);
    broadcastDelivery(delivery);
    return delivery;
  }

  function beat() {
    tick();
    due += interval;
    timer = setTimeout(beat, Math.max(0, due - Date.now()));
  }

  function tick() {
    // A silent one is under way, but its positions do not arrive.
    const moves = ({ phase, silent }) => (phase === "Running" || phase === "Accepted") && !silent;
    const moved = [...deliveries.values()].filter(moves);
    moved.forEach(move);
    sendPositions(moved);
    for (const delivery of moved) {
      const { deliveryId, routeId, title } = delivery;
      if (delivery.finished) end(delivery, "Finished", "finished", { deliveryId, routeId, title });
    }
  }

  /** Sends positions in the form that each client has requested. */
  function sendPositions(moved) {
    if (moved.length === 0) return;
    for (const client of sockets.clients) {
      if (client.binary) {
        const based = moved.map((delivery) => ({ ...delivery, ...base(delivery, client), interval }));
        client.send(positionsFrame(based));
      } else {
        client.send(frame("new-positions", { positions: moved.map((each) => view(each, client)) }));
      }
    }
  }

  function move(delivery) {
    const route = gateway.routes.find((each) => each.id === delivery.routeId);
    delivery.seq += 1;
    const meters = delivery.seq * delivery.metersPerSecond * (interval / 1000);
    const place = alongRoute(route, meters);
    const finished = meters >= route.lengthMeters;
    Object.assign(delivery, {
      position: wrap(place.position),
      heading: place.heading,
      speed: delivery.metersPerSecond,
      progress: Math.min(1, meters / route.lengthMeters),
      at: delivery.start + delivery.seq * interval,
      finished,
    });
    if (delivery.phase === "Accepted") {
      delivery.phase = "Running";
      broadcastDelivery(delivery);
    }
  }

  function end(delivery, phase, event, data) {
    delivery.phase = phase;
    delivery.end = Date.now();
    broadcast(event, data);
    setTimeout(() => deliveries.delete(delivery.deliveryId), 60_000).unref();
  }

  function receive(client, text) {
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      client.send(frame("error", { reason: "NotJson", message: "The frame is not JSON." }));
      return;
    }
    gateway.received.push(message);
    const { event, data } = message;
    if (event === "new-direction") answerStart(client, data);
    if (event === "command") obey(data);
    if (event === "notifications") listen(client, data);
  }

  function listen(client, data) {
    if (!gateway.relays) {
      client.send(frame("error", { reason: "UnknownEvent", message: "The event is unknown." }));
      return;
    }
    client.recipientIds = data.recipientIds;
    client.send(frame("notifications", data));
  }

  /** Tells those who listen for its recipient that a notification has changed. */
  function relay({ id, recipientId, readAt, canceledAt }) {
    const unread = readAt === undefined && canceledAt === undefined;
    const text = frame("notification", { recipientId, id, version: 1, unread });
    for (const client of sockets.clients) {
      if (client.recipientIds?.includes(recipientId)) client.send(text);
    }
  }

  function answerStart(client, data) {
    const { requestId, routeId } = data;
    if (gateway.answer === "silent") return;
    if (gateway.answer === "reject") {
      const message = `Route "${routeId}" has too many deliveries under way; wait until one has ended.`;
      client.send(frame("rejected", { requestId, reason: gateway.rejection, message }));
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
    broadcastDelivery(delivery);
  }

  async function respond(request, response) {
    if (gateway.away) return request.socket.destroy();
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const json = (status, value) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    };
    const line = /^\/deliveries\/([^/]+)\/route$/.exec(pathname);
    if (gateway.intercept(pathname, response)) return;
    if (gateway.shop !== null && /^\/(api|mail)\//.test(pathname)) {
      if (await gateway.shop.answer(request, pathname, searchParams, response)) return;
    }
    if (pathname === "/config.json")
      return json(200, { mapStyle: gateway.mapStyle, traces: gateway.traces !== null });
    if (pathname === "/routes") return json(200, gateway.routes.map(summary));
    if (pathname.startsWith("/routes/")) {
      const route = gateway.routes.find(({ id }) => id === pathname.slice("/routes/".length));
      if (route === undefined)
        return json(404, { error: { reason: "UnknownRoute", message: "No such route." } });
      return json(200, { ...summary(route), path: route.path.map(wrap) });
    }
    if (pathname.startsWith("/history")) return json(...gateway.history.answer(pathname, searchParams));
    if (pathname === "/deliveries") {
      const all = [...deliveries.values()].map((each) => ({ ...view(each, { replica: 0 }), number: null }));
      const ended = ({ phase }) => FINAL.includes(phase);
      all.sort((a, b) => ended(a) - ended(b) || b.start - a.start);
      const fits = (each) =>
        ["namespace", "name"].every((key) => [null, each[key]].includes(searchParams.get(key)));
      const listed = [...all, ...gateway.history.listed()].filter(fits);
      const limit = Number(searchParams.get("limit") ?? 100);
      // Past ones only when they are asked for: pages without a filter would be full of them.
      const past = searchParams.get("past") === "true";
      const shown = past ? listed.filter(ended) : searchParams.has("name") ? listed : all;
      const next = past && shown.length > limit ? "p.1.next" : null;
      const deliveryStore = gateway.status?.deliveryStore ?? "available";
      return json(200, { deliveries: shown.slice(0, limit), deliveryStore, next });
    }
    if (/^\/deliveries\/[^/]+$/.test(pathname)) {
      const id = decodeURIComponent(pathname.slice(12));
      const delivery = deliveries.get(id);
      return delivery === undefined ? json(...gateway.history.delivery(id)) : json(200, details(delivery));
    }
    const traced = /^\/deliveries\/([^/]+)\/trace$/.exec(pathname);
    if (traced !== null) return json(...trace(gateway.traces, decodeURIComponent(traced[1])));
    if (line !== null) {
      const id = decodeURIComponent(line[1]);
      const delivery =
        deliveries.get(id) ?? gateway.history.deliveries.find((past) => past.deliveryId === id);
      const route = gateway.routes.find((each) => each.id === delivery?.routeId);
      gateway.lines.total += 1;
      gateway.lines.now += 1;
      gateway.lines.most = Math.max(gateway.lines.most, gateway.lines.now);
      await new Promise((resolve) => setTimeout(resolve, 15));
      gateway.lines.now -= 1;
      if (route === undefined)
        return json(404, { error: { reason: "UnknownDelivery", message: "No such delivery." } });
      return json(200, { ...summary(route), path: route.path.map(wrap) });
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

function view(delivery, client) {
  return { ...delivery, ...base(delivery, client), position: delivery.position && latLng(delivery.position) };
}

/** `GET /deliveries/:id`. */
function details(delivery) {
  const { number, name, seq, start, end = null } = delivery;
  const record = { topic: "route.new-position", partition: number % 12, offset: 1_000 + seq };
  const plan = { topic: "delivery.plan", partition: number % 12, offset: number };
  return {
    ...view(delivery, { replica: 0 }),
    ...{ createdAt: start - 2_000, end, record: seq < 0 ? null : record, plan },
    ...{ pod: seq < 0 ? null : `${name}-x2b4`, traceId: "0af7651916cd43dd8448eb211c80319c" },
    events: [
      told("PodFailed", true, start - 1_500, 1_000, 3),
      ...(seq < 0 ? [] : [told("UnderWay", false, start, 0, 1)]),
    ],
  };
}

function told(reason, warning, first, within, count) {
  return { reason, message: `The operator says ${reason}.`, warning, first, last: first + within, count };
}

/** `GET /deliveries/:id/trace`. */
function trace(traces, id) {
  const refused = (status, reason) => [status, { error: { reason, message: "There is no trace." } }];
  if (traces === null) return refused(404, "TracesOff");
  if (traces === "away") return refused(503, "TracesUnavailable");
  const spans = traces[id];
  if (spans === undefined) return refused(404, "UnknownTrace");
  return [200, { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spans, truncated: false }];
}

/** The origin of a delivery's binary records on this client's replica; null before the first position. */
function base({ number, position, routeId, start }, { replica }) {
  if (position === null) return { number: null, origin: null, originAt: null };
  const route = [...ROUTES, TAVEUNI, NORTH_POLE].find((each) => each.id === routeId);
  return { number: replica * 1_000 + number, origin: route.path[0], originAt: start };
}

function latLng([lng, lat]) {
  return [lat, lng];
}

function summary({ id, title, path, lengthMeters }) {
  const place = ([lng, lat]) => ({ lat, lng });
  const [startPosition, endPosition] = [place(wrap(path[0])), place(wrap(path.at(-1)))];
  return { _id: id, id, title, startPosition, endPosition, lengthMeters, points: path.length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const gateway = await startGateway({ port: Number(process.argv[2] ?? 8088) });
  gateway.shop = makeShop({ automatic: true });
  for (const route of ROUTES)
    gateway.start({ routeId: route.id, courier: `moto-${route.id}`, vehicle: "motorcycle" });
  process.stdout.write(`${gateway.url}\n`);
}
