// Whatever arrives in place of the gateway's frames and answers becomes something the page can show, or a `BadMessage`.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { decodePositions } from "./binary";
import { view } from "./fixtures";
import { check, choice, fuzz, mutatedBytes, mutatedJson, type Random } from "./fuzzing";
import {
  BadMessage,
  parseFrame,
  readDeliveryPage,
  readErrorReason,
  readErrorSentence,
  readRoute,
  readRoutes,
  type BinaryBase,
} from "./protocol";
import { initialState, reduce } from "./state";

const golden = JSON.parse(
  readFileSync(new URL("../../gateway/golden/binary.json", import.meta.url), "utf8"),
) as {
  records: { base: BinaryBase & { intervalMilliseconds: number }; hex: string }[];
  frames: { hex: string }[];
  malformed: { hex: string }[];
};

/** What `read` makes of an input; null for what it refuses. */
function orRefused<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadMessage) return null;
    throw error;
  }
}

function isOnEarth([lng, lat]: readonly [number, number]): boolean {
  return Math.abs(lng) <= 180 && Math.abs(lat) <= 90;
}

const BASES = golden.records.map(({ base: { intervalMilliseconds, ...binary } }) =>
  view(`d${binary.number}`, { intervalMilliseconds, binary }),
);
const FRAMES = [
  ...golden.frames,
  ...golden.malformed,
  ...golden.records.map(({ hex }) => ({ hex: `0100${hex}` })),
].map(({ hex }) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)));

test("fuzzed binary frames are positions on the earth or refused as a whole", { timeout: 600_000 }, () => {
  const outcomes = fuzz("binary frames", (random) => {
    const bytes = mutatedBytes(random, choice(random, FRAMES));
    const lookup = (number: number) => BASES.find(({ binary }) => binary?.number === number);
    const frame = orRefused(() => decodePositions(Uint8Array.from(bytes).buffer, lookup));
    if (frame === null) return "refused";
    // A position takes seven bytes at least, and an advance one.
    const length = 7 * (frame.positions.length + frame.unknown) + frame.advances.length;
    check(length <= bytes.length, `${length} bytes in ${bytes.length}`);
    for (const { position, seq, progress, heading, speed, at } of frame.positions) {
      check(isOnEarth(position) && Number.isSafeInteger(seq) && Number.isFinite(at), "where and when it was");
      check(progress <= 1 && heading < 360 && speed >= 0, "how it moved");
    }
    return frame.positions.length > 0 ? "positions" : "empty";
  });
  expect([...outcomes.keys()].sort()).toEqual(["empty", "positions", "refused"]);
});

/** LEB128, as docs/binary.md has it. */
function varint(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...varint((value - low) / 128)];
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

test("fuzzed positions come back from the binary form as they are in JSON", { timeout: 600_000 }, () => {
  fuzz("positions in both forms", (random) => {
    const degrees = (limit: number) => (random(2 * limit * 1e7 + 1) - limit * 1e7) / 1e7;
    const base = {
      number: random(2 ** 32),
      origin: [degrees(180), degrees(90)] as const,
      originAt: random(2 ** 41),
    };
    const delivery = view("d1", { intervalMilliseconds: random(60_000), binary: base });
    const [position, seq, shift] = [
      [degrees(180), degrees(90)] as const,
      random(2 ** 24),
      random(2 ** 32) - 2 ** 31,
    ];
    const [speed, heading, progress, finished] = [
      random(65_536),
      random(256),
      random(10_001),
      random(2) === 1,
    ];
    const apart = [0, 1].map(
      (axis) => Math.round((position[axis] ?? 0) * 1e7) - Math.round((base.origin[axis] ?? 0) * 1e7),
    );
    const frame = [
      ...[1, 0, ...varint(base.number * 4 + (finished ? 2 : 0) + (shift === 0 ? 0 : 1)), ...varint(seq)],
      ...(shift === 0 ? [] : varint(zigzag(shift))),
      ...[...apart.flatMap((units) => varint(zigzag(units))), ...varint(speed), heading, ...varint(progress)],
    ];
    const at = base.originAt + seq * delivery.intervalMilliseconds + shift;
    const inJson = parseFrame(
      JSON.stringify({
        event: "new-position",
        data: {
          ...{
            deliveryId: "d1",
            routeId: "1",
            position: [position[1], position[0]],
            seq,
            at,
            finished,
            eta: delivery.eta,
          },
          ...{ speed: speed / 3.6, heading: (heading * 360) / 256, progress: progress / 1e4 },
        },
      }),
    ).frame;
    const { positions } = decodePositions(Uint8Array.from(frame).buffer, () => delivery);
    expect({ event: "new-position", data: positions[0] }).toEqual(inJson);
    return "the same";
  });
});

const DELIVERY = {
  ...view("d1"),
  position: [-15.82, -47.92],
  number: 7,
  origin: [-47.9, -15.8],
  originAt: 0,
  binary: undefined,
};
const NEW_POSITION = {
  deliveryId: "d1",
  routeId: "1",
  position: [-15.8, -47.9],
  seq: 4,
  at: 5,
  finished: true,
};
const ENDED = { deliveryId: "d1", routeId: "1", title: "Primeiro" };
const MESSAGES = [
  {
    event: "snapshot",
    data: { deliveries: [DELIVERY, { ...DELIVERY, deliveryId: "d2", phase: "Finished" }] },
  },
  { event: "delivery", data: DELIVERY },
  { event: "new-position", data: NEW_POSITION },
  { event: "new-positions", data: { positions: [NEW_POSITION, { ...NEW_POSITION, seq: 5 }] } },
  { event: "finished", data: ENDED },
  { event: "cancelled", data: ENDED },
  { event: "accepted", data: { ...ENDED, requestId: "r1" } },
  { event: "rejected", data: { requestId: "r1", reason: "Busy", message: "Try again later." } },
  { event: "error", data: { reason: "MalformedFrame", message: "The frame is not JSON." } },
  { event: "left", data: { deliveryId: "d1" } },
  { event: "conflated", data: { positions: 3 } },
  { event: "status", data: { kafka: "available", deliveryStore: "off" } },
  { event: "reconnect", data: { withinMilliseconds: 5000 } },
  { event: "notifications", data: { recipientIds: ["c7", "c8"] } },
  { event: "notification", data: { recipientId: "c7", id: "n1", version: 2, unread: true } },
];

/** A text that is nearly JSON. */
function textOf(random: Random, value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (random(4) > 0) return text ?? "";
  return new TextDecoder().decode(mutatedBytes(random, new TextEncoder().encode(text)));
}

test("fuzzed text frames change the page's state or are refused", { timeout: 600_000 }, () => {
  let state = initialState();
  const whole = [...MESSAGES];
  const outcomes = fuzz("text frames", (random) => {
    if (random(50) === 0) state = initialState();
    // First each message as it is.
    const message = whole.pop();
    const text = message
      ? JSON.stringify(message)
      : textOf(random, mutatedJson(random, choice(random, MESSAGES)));
    const read = orRefused(() => parseFrame(text));
    if (read === null) return "refused";
    if (read.frame === null) return "unknown";
    state = reduce(state, { type: "frames", frames: [read.frame], now: 1000 });
    state = reduce(state, { type: "tick", now: 2000 + random(100_000) });
    for (const { deliveryId, position, progress, seq } of state.deliveries.values()) {
      check(deliveryId !== "" && Number.isFinite(seq), "a delivery is named and counted");
      check(position === null || isOnEarth(position), "a delivery is on the earth");
      check(progress >= 0 && progress <= 1, "a delivery is on its way");
    }
    return read.frame.event;
  });
  for (const { event } of MESSAGES) expect(outcomes.get(event), event).toBeGreaterThan(0);
});

const ROUTE = {
  ...{ id: "1", title: "Primeiro", lengthMeters: 422.4, startPosition: { lat: -16.9, lng: 179.9 } },
  ...{
    endPosition: { lat: -16.8, lng: -179.9 },
    path: [
      [179.9, -16.9],
      [180, -16.85],
      [-179.9, -16.8],
    ],
  },
};

test("fuzzed answers over HTTP are read or refused", { timeout: 600_000 }, () => {
  const outcomes = fuzz("answers", (random) => {
    const route = orRefused(() => readRoute(mutatedJson(random, ROUTE)));
    if (route !== null) {
      check(route.path.length >= 2, "a route has two ends");
      // Beyond the 180th meridian the longitudes go on, without a leap.
      const lngs = route.path.map(([lng]) => lng);
      const leaps = lngs.some((lng, place) => place > 0 && Math.abs(lng - (lngs[place - 1] ?? 0)) > 180);
      check(!leaps, `a leap in ${lngs.join()}`);
    }
    const listed = orRefused(() => readRoutes(mutatedJson(random, [ROUTE, ROUTE])));
    check(listed?.every(({ id }) => id !== "") ?? true, "a route has an id");
    const page = orRefused(() =>
      readDeliveryPage(mutatedJson(random, { deliveries: [DELIVERY], next: "p.1.d1" })),
    );
    const problem = mutatedJson(random, { error: { reason: "Busy", message: "Try again later." } });
    const sentence = [readErrorReason(problem), readErrorSentence(problem)];
    check(
      sentence.every((text) => text === null || typeof text === "string"),
      "a problem is a text",
    );
    return `${route === null ? "no route" : "route"}, ${page === null ? "no page" : "page"}`;
  });
  expect([...outcomes.keys()].sort()).toEqual([
    "no route, no page",
    "no route, page",
    "route, no page",
    "route, page",
  ]);
});
