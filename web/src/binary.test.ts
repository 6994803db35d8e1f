import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { decodePositions } from "./binary";
import { view } from "./fixtures";
import { BadMessage, type BinaryBase, type DeliveryView, type LngLat, type NewPosition } from "./protocol";

/** The same test vectors as for the gateway's encoder. */
interface Golden {
  records: {
    name: string;
    base: BinaryBase & { intervalMilliseconds: number };
    fix: Omit<NewPosition, "deliveryId" | "routeId" | "eta"> & { position: LngLat };
    hex: string;
    decoded: { speed: number; heading: number; progress: number };
  }[];
  frames: { name: string; told: number[]; after: number[]; records: number[]; hex: string }[];
  malformed: { name: string; hex: string; problem: string }[];
}

const golden = JSON.parse(
  readFileSync(new URL("../../gateway/golden/binary.json", import.meta.url), "utf8"),
) as Golden;
const TWO = golden.frames[1]?.hex ?? "";

function bytes(hex: string): ArrayBuffer {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)).buffer;
}

function known(...bases: Golden["records"][number]["base"][]): (number: number) => DeliveryView | undefined {
  const all = new Map(
    bases.map(({ intervalMilliseconds, ...binary }) => [
      binary.number,
      view(`d${binary.number}`, { intervalMilliseconds, binary }),
    ]),
  );
  return (number) => all.get(number);
}

const everyone = known(...golden.records.map(({ base }) => base));

function expected(index: number): NewPosition {
  const record = golden.records[index];
  if (record === undefined) throw new Error(`there is no golden record ${index}`);
  const { base, fix, decoded } = record;
  return { ...fix, ...decoded, deliveryId: `d${base.number}`, routeId: "1", eta: 10_500 };
}

describe("a golden record", () => {
  test.each(golden.records.map((record, index) => [record.name, record, index] as const))(
    "is read as it says: %s",
    (_, { base, hex }, index) => {
      const { positions } = decodePositions(bytes(`0100${hex}`), known(base));
      expect(positions).toEqual([expected(index)]);
    },
  );
});

describe("a golden frame", () => {
  test.each(golden.frames.map((frame) => [frame.name, frame] as const))(
    "is read as it says: %s",
    (_, { told, after, records, hex }) => {
      const { positions, unknown, advances } = decodePositions(bytes(hex), everyone);
      expect(positions).toEqual(records.map(expected));
      expect(unknown).toBe(0);
      expect(told.map((offset, partition) => offset + (advances[partition] ?? 0))).toEqual(after);
    },
  );
});

describe("a malformed frame", () => {
  test.each(golden.malformed.map((frame) => [frame.name, frame] as const))(
    "is refused: %s",
    (_, { hex, problem }) => {
      expect(() => decodePositions(bytes(hex), everyone)).toThrow(new BadMessage(`binary: ${problem}`));
    },
  );

  test("is rejected wherever it is truncated, except between two records", () => {
    const first = 2 + (golden.records[1]?.hex.length ?? 0) / 2;
    for (let length = 0; length < TWO.length / 2; length += 1) {
      const cut = () => decodePositions(bytes(TWO.slice(0, 2 * length)), everyone).positions.length;
      if (length === 2 || length === first) expect(cut()).toBe(length === 2 ? 0 : 1);
      else expect(cut).toThrow(new BadMessage("binary: truncated"));
    }
  });

  test("of random bytes is either decoded or rejected", () => {
    let state = 7;
    const random = () => (state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647);
    for (let round = 0; round < 20_000; round += 1) {
      const noise = Uint8Array.from({ length: random() % 40 }, () => random() & 255);
      if (round % 2 === 0) noise.set([1, 0].slice(0, noise.length));
      try {
        const { positions } = decodePositions(noise.buffer, everyone);
        for (const { position } of positions) expect(Math.abs(position[1])).toBeLessThanOrEqual(90);
      } catch (error) {
        expect(error).toBeInstanceOf(BadMessage);
      }
    }
  });
});

describe("a number that was not announced", () => {
  test("is counted, and the other positions of the frame are still decoded", () => {
    const { positions, unknown } = decodePositions(bytes(TWO), (number) =>
      number === 137 ? undefined : everyone(number),
    );
    expect(unknown).toBe(1);
    expect(positions).toEqual([expected(3)]);
  });

  test("includes that of a delivery without a binary base", () => {
    expect(decodePositions(bytes(TWO), () => view("a")).unknown).toBe(2);
  });
});
