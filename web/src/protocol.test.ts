import { describe, expect, test } from "vitest";
import {
  BadMessage,
  parseFrame,
  readConfig,
  readDetails,
  readErrorSentence,
  readPastPage,
  readRoute,
  readRoutes,
} from "./protocol";

const view = {
  deliveryId: "d1",
  name: "primeiro",
  namespace: "default",
  routeId: "1",
  title: "Primeiro",
  courier: "moto-7",
  vehicle: "motorcycle",
  phase: "Running",
  position: [-15.82, -47.92],
  heading: 90,
  speed: 12.5,
  progress: 0.25,
  seq: 3,
  at: 1000,
  start: 0,
  eta: 9000,
  intervalMilliseconds: 500,
};

function read(event: string, data: unknown) {
  return parseFrame(JSON.stringify({ event, data }));
}

describe("a frame", () => {
  test("of a position is converted from [lat, lng] to [lng, lat]", () => {
    const { frame } = read("new-position", {
      routeId: "1",
      position: [-15.8, -47.9],
      finished: false,
      deliveryId: "d1",
      seq: 0,
      at: 5,
      speed: 1,
      heading: 2,
      progress: 0.5,
      eta: 10,
    });
    expect(frame).toMatchObject({ event: "new-position", data: { position: [-47.9, -15.8], seq: 0 } });
  });

  test("of a delivery may omit what is not known yet", () => {
    const { deliveryId, routeId, title, phase } = view;
    const { frame } = read("delivery", { deliveryId, routeId, title, phase, position: null, at: null });
    expect(frame).toMatchObject({
      data: { position: null, seq: -1, eta: null, courier: "", intervalMilliseconds: 500 },
    });
  });

  test("of a snapshot loses only invalid deliveries", () => {
    const { frame, dropped } = read("snapshot", {
      cursor: null,
      deliveries: [view, { ...view, phase: "Sleeping" }, null, { ...view, deliveryId: "d2" }],
    });
    expect(dropped).toBe(2);
    expect(frame?.event === "snapshot" && frame.data.deliveries.map((each) => each.deliveryId)).toEqual([
      "d1",
      "d2",
    ]);
  });

  test("of a batch loses only invalid positions", () => {
    const one = { deliveryId: "d1", routeId: "1", seq: 4, position: [-15.8, -47.9], at: 5, finished: false };
    const { frame, dropped } = read("new-positions", {
      positions: [one, { ...one, position: null }, 7],
      cursor: null,
    });
    expect(dropped).toBe(2);
    expect(frame).toMatchObject({ data: { positions: [{ deliveryId: "d1", position: [-47.9, -15.8] }] } });
  });

  test("of a delivery has the full binary base or none", () => {
    const base = { number: 7, origin: [-47.9, -15.8], originAt: 12 };
    expect(read("delivery", { ...view, ...base }).frame).toMatchObject({ data: { binary: base } });
    for (const missing of ["number", "origin", "originAt"]) {
      const { frame } = read("delivery", { ...view, ...base, [missing]: null });
      expect(frame).toMatchObject({ data: { binary: null } });
    }
  });

  test("of a snapshot is the same whatever its reason, also after a cursor", () => {
    for (const reason of ["connected", "filter", "tooOld", "mismatch", "missed", "of a newer gateway"]) {
      const { frame } = read("snapshot", { cursor: null, reason, deliveries: [view] });
      expect(frame).toMatchObject({ event: "snapshot", data: { deliveries: [{ deliveryId: "d1" }] } });
    }
    expect(read("resumed", { cursor: "x", deliveries: [] }).frame).toEqual({
      event: "resumed",
      data: { deliveries: [] },
    });
  });

  test("about the gateway itself is parsed", () => {
    expect(read("left", { deliveryId: "d1" }).frame).toEqual({ event: "left", data: { deliveryId: "d1" } });
    expect(read("conflated", { positions: 12 }).frame).toMatchObject({ data: { positions: 12 } });
    expect(read("heartbeat", { cursor: "x" })).toEqual({ frame: null, dropped: 0 });
    expect(read("reconnect", { cursor: null, withinMilliseconds: 900, reason: "draining" }).frame).toEqual({
      event: "reconnect",
      data: { withinMilliseconds: 900 },
    });
    expect(read("status", { kafka: "unavailable", deliveryStore: "off" }).frame).toMatchObject({
      data: { kafka: "unavailable", deliveryStore: "off" },
    });
    expect(read("status", { kafka: "available", routes: "00ab", replica: "gateway-1" }).frame).toMatchObject({
      data: { routes: "00ab", replica: "gateway-1" },
    });
    expect(read("status", { kafka: "resting" }).frame).toMatchObject({
      data: { kafka: "available", deliveryStore: "available", routes: "", replica: "" },
    });
  });

  test("with an unknown event, as of a newer gateway, is not an error", () => {
    expect(read("weather", { rain: true })).toEqual({ frame: null, dropped: 0 });
  });

  test("may carry fields that this page does not know", () => {
    expect(read("finished", { deliveryId: "d1", routeId: "1", title: "Primeiro", tip: 5 }).frame).toEqual({
      event: "finished",
      data: { deliveryId: "d1", routeId: "1", title: "Primeiro" },
    });
  });

  test("of a rejection without a request id has an empty one", () => {
    expect(read("rejected", { requestId: null, reason: "Bad", message: "It is bad." }).frame).toMatchObject({
      data: { requestId: "" },
    });
  });

  test.each([
    ["no JSON", "{"],
    ["no object", "[1]"],
    ["no event", '{"data":{}}'],
    ["no data", '{"event":"finished"}'],
    ["data that is a list", '{"event":"delivery","data":[]}'],
    ["a snapshot without deliveries", '{"event":"snapshot","data":{}}'],
    ["an empty id", JSON.stringify({ event: "delivery", data: { ...view, deliveryId: "" } })],
    ["a title that is a number", JSON.stringify({ event: "delivery", data: { ...view, title: 7 } })],
    ["a latitude of 200", JSON.stringify({ event: "delivery", data: { ...view, position: [200, 0] } })],
    ["a position of texts", JSON.stringify({ event: "delivery", data: { ...view, position: ["1", "2"] } })],
    ["a heading that is a text", JSON.stringify({ event: "delivery", data: { ...view, heading: "N" } })],
    [
      "a new position without one",
      JSON.stringify({ event: "new-position", data: { ...view, position: null } }),
    ],
    ["a number of spared positions below 0", '{"event":"conflated","data":{"positions":-1}}'],
    ["an order to move at no time", '{"event":"reconnect","data":{}}'],
    [
      "an origin beyond the earth",
      JSON.stringify({ event: "delivery", data: { ...view, number: 1, originAt: 0, origin: [0, 91] } }),
    ],
    ["a recipient that is a number", '{"event":"notifications","data":{"recipientIds":["c7",8]}}'],
    ["a notification of nobody", '{"event":"notification","data":{"recipientId":""}}'],
    ["a new position without a seq", JSON.stringify({ event: "new-position", data: { ...view, seq: null } })],
  ])("with %s is refused", (_, text) => {
    expect(() => parseFrame(text)).toThrow(BadMessage);
  });

  test("with progress outside 0 to 1 is clamped", () => {
    expect(read("delivery", { ...view, progress: 1.2 }).frame).toMatchObject({ data: { progress: 1 } });
  });
});

describe("a response of the HTTP interface", () => {
  const route = {
    _id: "1",
    id: "1",
    title: "Primeiro",
    startPosition: { lat: -15.82, lng: -47.92 },
    endPosition: { lat: -15.83, lng: -47.93 },
    lengthMeters: 1874,
    points: 2,
  };

  test("lists routes", () => {
    expect(readRoutes([route])).toEqual([
      {
        id: "1",
        title: "Primeiro",
        lengthMeters: 1874,
        startPosition: [-47.92, -15.82],
        endPosition: [-47.93, -15.83],
      },
    ]);
    expect(readRoutes([route, { ...route, endPosition: null }, "x"])).toHaveLength(1);
    expect(() => readRoutes({ routes: [] })).toThrow(BadMessage);
  });

  test("gives a line in [lng, lat], with at least two points", () => {
    const path = [
      [-47.92, -15.82],
      [-47.93, -15.83],
    ];
    expect(readRoute({ ...route, path }).path).toEqual(path);
    expect(() => readRoute({ ...route, path: path.slice(1) })).toThrow(BadMessage);
    expect(() => readRoute({ ...route, path: [[0, 0], [0]] })).toThrow(BadMessage);
  });

  test("without a map style means the built-in one", () => {
    expect(readConfig({})).toEqual({ mapStyle: null, traces: false });
    expect(readConfig({ mapStyle: "", traces: true })).toEqual({ mapStyle: null, traces: true });
    expect(readConfig({ mapStyle: "https://tiles.example/style.json", more: 1 }).mapStyle).toBe(
      "https://tiles.example/style.json",
    );
  });

  test("of past deliveries is none without the delivery store", () => {
    const past = { deliveryId: "d1", routeId: "1", title: "Primeiro", phase: "Finished" };
    const page = { deliveries: [past], next: "p.1.d1" };
    expect(readPastPage({ ...page, deliveryStore: "available" })).toMatchObject({ next: "p.1.d1" });
    expect(readPastPage({ ...page, deliveryStore: "off" }).deliveries).toHaveLength(1);
    expect(() => readPastPage({ ...page, deliveryStore: "unavailable" })).toThrow(BadMessage);
  });

  test("of one delivery has its times and the record of its newest position, if the gateway knows them", () => {
    const plain = { deliveryId: "d1", routeId: "1", title: "Primeiro", phase: "Running" };
    expect(readDetails(plain)).toMatchObject({ deliveryId: "d1", createdAt: null, end: null, record: null });
    expect(readDetails(plain)).toMatchObject({ plan: null, pod: "", traceId: "" });
    const plan = { topic: "delivery.plan", partition: 2, offset: 17 };
    const driven = { plan, pod: "primeiro-x2b4", traceId: "0af7651916cd43dd8448eb211c80319c" };
    expect(readDetails({ ...plain, ...driven })).toMatchObject(driven);
    const record = { topic: "route.new-position", partition: 3, offset: 1204 };
    expect(readDetails({ ...plain, createdAt: 7, end: 9, record })).toMatchObject({
      createdAt: 7,
      end: 9,
      record,
    });
    expect(() => readDetails({ ...plain, record: { ...record, offset: -1 } })).toThrow(BadMessage);
    expect(() => readDetails({ ...plain, record: 7 })).toThrow(BadMessage);
  });

  test("of one delivery has its events, without those that cannot be read", () => {
    const plain = { deliveryId: "d1", routeId: "1", title: "Primeiro", phase: "Running" };
    expect(readDetails(plain).events).toEqual([]);
    expect(readDetails({ ...plain, events: null }).events).toEqual([]);
    const failed = {
      ...{ reason: "PodFailed", message: "The pod failed.", warning: true },
      ...{ first: 7, last: 9, count: 3 },
    };
    const events = [failed, { ...failed, last: "now" }, 7, { reason: "UnderWay", last: 12 }];
    expect(readDetails({ ...plain, events }).events).toEqual([
      failed,
      { reason: "UnderWay", message: "", warning: false, first: 12, last: 12, count: 1 },
    ]);
  });

  test("of an error may have a message", () => {
    expect(readErrorSentence({ error: { reason: "UnknownRoute", message: "There is no route 9." } })).toBe(
      "There is no route 9.",
    );
    expect(readErrorSentence("oops")).toBeNull();
  });
});
