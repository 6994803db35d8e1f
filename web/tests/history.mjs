// The history of the fake gateway: deliveries of the last two days, and the responses to queries as in docs/protocol.md.
// Each delivery is generated from its index, so that tests can calculate the expected results.

import { ROUTES, alongRoute } from "./routes.mjs";

const HOUR = 3_600_000;
const INTERVAL = 500;
const VEHICLES = ["motorcycle", "car", "van", "bicycle"];
const METERS_PER_DEGREE = 111_195;
/** The approximate number of cells across a rectangle. */
const CELLS_ACROSS = 90;

/** `newest`: when the newest delivery was ordered. */
export function makeHistory({ count = 60, newest = Date.now() - HOUR / 6 } = {}) {
  const deliveries = Array.from({ length: count }, (_, index) => pastDelivery(index, newest));
  const history = {
    deliveries,
    /** "available", or the reason of the error to return. */
    state: "available",
    /** The path and query of each request. */
    asked: [],
    answer(pathname, query) {
      history.asked.push(`${pathname}?${query}`);
      const problem = PROBLEMS[history.state];
      if (problem !== undefined) return problem;
      if (pathname === "/history") return [200, extent(deliveries)];
      const positions = /^\/history\/deliveries\/([^/]+)\/positions$/.exec(pathname);
      if (positions !== null)
        return [200, positionsAnswer(deliveries, decodeURIComponent(positions[1]), query)];
      const answers = { summary, deliveries: list, near, heat };
      const answer = answers[pathname.slice("/history/".length)];
      if (answer === undefined) return error(404, "NotFound", "There is nothing at this path.");
      const chosen = deliveries.filter((each) => fits(each, query));
      return [200, answer(chosen, query)];
    },
    /** As `GET /deliveries` lists them. */
    listed() {
      return deliveries.map((past) => ({ ...listed(past), position: null, seq: null, at: null }));
    },
    /** `GET /deliveries/:id` */
    delivery(id) {
      const found = deliveries.find(({ deliveryId }) => deliveryId === id);
      if (found === undefined) return error(404, "UnknownDelivery", "No such delivery.");
      return [200, { ...listed(found), position: null, seq: -1, at: null }];
    },
  };
  return history;
}

const PROBLEMS = {
  HistoryOff: error(404, "HistoryOff", "This gateway has no Elasticsearch."),
  HistoryUnavailable: error(503, "HistoryUnavailable", "Elasticsearch is not responding."),
  HistoryTooSlow: error(503, "HistoryTooSlow", "Not within 5 seconds."),
  InvalidParameter: error(
    400,
    "InvalidParameter",
    'The parameter "since" is not a time; write, for example, 2026-11-22.',
  ),
};

function error(status, reason, message) {
  return [status, { error: { reason, message } }];
}

/** One about every half hour, more on the first route than on the others. */
function pastDelivery(index, newest) {
  const route = ROUTES[[0, 0, 1, 0, 2, 1][index % 6]];
  const createdAt = Math.round(newest - index * HOUR * 0.47 - ((index * 7919) % 600) * 1000);
  const wait = 400 + ((index * 104_729) % 1_600);
  const metersPerSecond = (24 + ((index * 37) % 40)) / 3.6;
  const end = (route.lengthMeters / metersPerSecond) * 1000;
  const phase = index % 11 === 4 ? "Cancelled" : index % 17 === 9 ? "Failed" : "Finished";
  const part = phase === "Finished" ? 1 : 0.55;
  const stops = Math.floor((end * part) / INTERVAL) + 1;
  return {
    deliveryId: `past-${index}`,
    name: `${route.title.toLowerCase()}-${index}`,
    namespace: "default",
    routeId: route.id,
    title: route.title,
    courier: index % 9 === 8 ? "" : `moto-${1 + ((index * 3) % 5)}`,
    vehicle: VEHICLES[index % 4],
    phase,
    createdAt,
    start: createdAt + wait,
    end: createdAt + wait + (stops - 1) * INTERVAL,
    lateSeconds: phase === "Finished" ? wait / 1000 : null,
    metersPerSecond,
    stops,
    route,
  };
}

function listed({ deliveryId, name, namespace, routeId, title, courier, vehicle, phase, ...others }) {
  const { createdAt, start, end, lateSeconds, stops } = others;
  return {
    ...{ deliveryId, name, namespace, routeId, title, courier, vehicle, phase, createdAt, start, end },
    ...{ durationSeconds: (end - start) / 1000, lateSeconds, positions: stops },
  };
}

function stopOf({ route, start, metersPerSecond, stops, phase }, seq) {
  const meters = Math.min(route.lengthMeters, (seq * INTERVAL * metersPerSecond) / 1000);
  const { position, heading } = alongRoute(route, meters);
  return {
    seq,
    at: start + seq * INTERVAL,
    position: [position[1], position[0]],
    speed: metersPerSecond,
    heading,
    progress: meters / route.lengthMeters,
    finished: phase === "Finished" && seq === stops - 1,
  };
}

function stopsOf(delivery) {
  return Array.from({ length: delivery.stops }, (_, seq) => stopOf(delivery, seq));
}

function fits({ createdAt, routeId, courier }, query) {
  const [since, until] = [Number(query.get("since")), Number(query.get("until"))];
  return (
    createdAt >= since &&
    createdAt < until &&
    (!query.get("route") || query.get("route") === routeId) &&
    (!query.get("courier") || query.get("courier") === courier)
  );
}

function summary(chosen, query) {
  const [since, until] = [Number(query.get("since")), Number(query.get("until"))];
  const bucket = (until - since) / 48;
  const overTime = Array.from({ length: 48 }, (_, index) => {
    const at = Math.round(since + index * bucket);
    return {
      at,
      deliveries: chosen.filter((each) => each.createdAt >= at && each.createdAt < at + bucket).length,
    };
  });
  const finished = chosen.filter(({ phase }) => phase === "Finished");
  const durations = finished.map(({ start, end }) => (end - start) / 1000);
  const lates = finished.map(({ lateSeconds }) => lateSeconds);
  const counted = (key) => {
    const groups = new Map();
    for (const each of chosen) groups.set(each[key], [...(groups.get(each[key]) ?? []), each]);
    return [...groups].sort((a, b) => b[1].length - a[1].length);
  };
  return {
    since,
    until,
    deliveries: chosen.length,
    examined: chosen.length,
    byPhase: Object.fromEntries(counted("phase").map(([phase, each]) => [phase, each.length])),
    viewers: Math.ceil(chosen.length / 4),
    routes: counted("routeId").map(([routeId, each]) => ({
      routeId,
      title: each[0].title,
      deliveries: each.length,
      positions: each.reduce((sum, { stops }) => sum + stops, 0),
    })),
    couriers: counted("courier").map(([courier, each]) => ({ courier, deliveries: each.length })),
    durationSeconds: chosen.length === 0 ? null : { p50: part(durations, 0.5), p95: part(durations, 0.95) },
    lateSeconds:
      chosen.length === 0 ? null : { p50: part(lates, 0.5), p95: part(lates, 0.95), max: part(lates, 1) },
    speed: chosen.length === 0 ? null : { p50: 11.2, p95: 16.4 },
    delayMilliseconds: chosen.length === 0 ? null : { p50: 48, p95: 75.5, max: 2040 },
    repeated: chosen.length === 0 ? null : 3,
    overTime,
    overTimeMilliseconds: Math.round(bucket),
  };
}

function extent(deliveries) {
  const times = deliveries.flatMap(({ start, end }) => [start, end]);
  const [oldest, newest] = [Math.min(...times), Math.max(...times)];
  const none = { oldest: null, newest: null };
  return {
    positions: null,
    deliveries: deliveries.length,
    ...(times.length === 0 ? none : { oldest, newest }),
  };
}

function part(values, wanted) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * wanted))];
}

function list(chosen, query) {
  const before = Number(query.get("before") ?? Infinity);
  const limit = Number(query.get("limit") ?? 50);
  const rest = chosen.filter(({ createdAt }) => createdAt < before);
  const page = rest.slice(0, limit);
  return { deliveries: page.map(listed), next: rest.length > limit ? String(page.at(-1).createdAt) : null };
}

function positionsAnswer(deliveries, id, query) {
  const delivery = deliveries.find(({ deliveryId }) => deliveryId === id);
  const after = Number(query.get("after") ?? -1);
  const limit = Number(query.get("limit") ?? 1000);
  const rest = delivery === undefined ? [] : stopsOf(delivery).filter(({ seq }) => seq > after);
  const positions = rest.slice(0, limit);
  return { deliveryId: id, positions, next: rest.length > limit ? positions.at(-1).seq : null };
}

function near(chosen, query) {
  const [lng, lat] = query.get("point").split(",").map(Number);
  const radius = Number(query.get("radius") ?? 100);
  const passages = chosen.flatMap((delivery) => {
    const inside = stopsOf(delivery)
      .map(({ at, position }) => ({ at, meters: distance([lng, lat], [position[1], position[0]]) }))
      .filter(({ meters }) => meters <= radius);
    if (inside.length === 0) return [];
    const nearestMeters = Math.min(...inside.map(({ meters }) => meters));
    const [firstAt, lastAt] = [inside[0].at, inside.at(-1).at];
    return [{ ...listed(delivery), firstAt, lastAt, positions: inside.length, nearestMeters }];
  });
  const limit = Number(query.get("limit") ?? 50);
  return { deliveries: passages.slice(0, limit), truncated: passages.length > limit };
}

function heat(chosen, query) {
  const [west, south, east, north] = query.get("rectangle").split(",").map(Number);
  const width = east >= west ? east - west : east + 360 - west;
  const precision = Math.min(29, Math.max(0, Math.floor(Math.log2((360 / width) * CELLS_ACROSS))));
  const size = 2 ** precision;
  const counts = new Map();
  for (const { position } of chosen.flatMap(stopsOf)) {
    const [lat, lng] = position;
    if (lat < south || lat > north || lng < west || lng > east) continue;
    const key = `${Math.floor(((lng + 180) / 360) * size)}/${Math.floor(toMercator(lat) * size)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const cells = [...counts].map(([key, count]) => {
    const [column, row] = key.split("/").map((each) => (Number(each) + 0.5) / size);
    return { position: [fromMercator(row), column * 360 - 180], count };
  });
  cells.sort((a, b) => b.count - a.count);
  return { precision, cells: cells.slice(0, 10_000), truncated: cells.length > 10_000 };
}

/** 0 in the north to 1 in the south. */
function toMercator(lat) {
  return (1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2;
}

function fromMercator(y) {
  return (Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI;
}

function distance(a, b) {
  const east = (b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180) * METERS_PER_DEGREE;
  return Math.hypot(east, (b[1] - a[1]) * METERS_PER_DEGREE);
}
