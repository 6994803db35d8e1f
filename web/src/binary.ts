// Decodes the binary form of positions (docs/binary.md). Pure; `delivery-numbers.ts` maps a record's number to its delivery.

import { BadMessage, type DeliveryView, type NewPosition } from "./protocol";

/** The first byte of a frame: its kind and the version of the format. */
const POSITIONS = 1;
const PER_DEGREE = 1e7;
const PER_ROUTE = 1e4;
const KMH_PER_METER_A_SECOND = 3.6;
/** Enough for 2^53 - 1, the largest safe integer. */
const MAX_VARINT_BYTES = 8;

/** Finds the delivery of a record's number. */
export type Lookup = (number: number) => DeliveryView | undefined;

export interface BinaryFrame {
  positions: NewPosition[];
  /** How many positions belong to a delivery that was not announced. */
  unknown: number;
  /** What to add to the next offset of partition 0, 1, …; empty in the mode `latest`. */
  advances: number[];
}

/**
 * Reads one frame, all or nothing.
 * @throws {BadMessage} when it is truncated or not such a frame
 */
export function decodePositions(frame: ArrayBuffer, lookup: Lookup): BinaryFrame {
  const bytes = new ByteReader(frame);
  if (bytes.next() !== POSITIONS) throw new BadMessage("binary: version");
  const advances: number[] = [];
  for (let left = bytes.varint(); left > 0; left -= 1) advances.push(bytes.varint());
  const positions: NewPosition[] = [];
  let unknown = 0;
  while (bytes.hasMore) {
    const position = readRecord(bytes, lookup);
    if (position === null) unknown += 1;
    else positions.push(position);
  }
  return { positions, unknown, advances };
}

/** Null for an unknown number; its bytes are consumed anyway. */
function readRecord(bytes: ByteReader, lookup: Lookup): NewPosition | null {
  const head = bytes.varint();
  const seq = bytes.varint();
  const shift = head % 2 === 1 ? bytes.signed() : 0;
  const [east, north] = [bytes.signed(), bytes.signed()];
  const speed = bytes.varint() / KMH_PER_METER_A_SECOND;
  const heading = (bytes.next() * 360) / 256;
  const progress = bytes.varint() / PER_ROUTE;
  if (progress > 1) throw new BadMessage("binary: progress");
  const delivery = lookup(Math.floor(head / 4));
  if (!delivery?.binary) return null;
  const { origin, originAt } = delivery.binary;
  const position = [degrees(origin[0], east), degrees(origin[1], north)] as const;
  if (Math.abs(position[0]) > 180 || Math.abs(position[1]) > 90) throw new BadMessage("binary: position");
  return {
    deliveryId: delivery.deliveryId,
    routeId: delivery.routeId,
    seq,
    position,
    at: originAt + seq * delivery.intervalMilliseconds + shift,
    speed,
    heading,
    progress,
    eta: delivery.eta,
    finished: Math.floor(head / 2) % 2 === 1,
  };
}

/** Calculated in integers, so that the result is exactly the number in the log. */
function degrees(origin: number, parts: number): number {
  return (Math.round(origin * PER_DEGREE) + parts) / PER_DEGREE;
}

class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(frame: ArrayBuffer) {
    this.#bytes = new Uint8Array(frame);
  }

  get hasMore(): boolean {
    return this.#at < this.#bytes.length;
  }

  next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new BadMessage("binary: truncated");
    this.#at += 1;
    return byte;
  }

  /** Minimal LEB128. Without bit shifts, which work on 32 bits only. */
  varint(): number {
    let value = 0;
    for (let place = 0, weight = 1; place < MAX_VARINT_BYTES; place += 1, weight *= 128) {
      const byte = this.next();
      value += (byte % 128) * weight;
      if (byte >= 128) continue;
      if ((byte === 0 && place > 0) || value > Number.MAX_SAFE_INTEGER) break;
      return value;
    }
    throw new BadMessage("binary: overlong");
  }

  /** 0, 1, 2, 3, … as 0, -1, 1, -2, … */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
