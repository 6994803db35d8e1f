// The binary form of positions (docs/binary.md): bytes to positions. Pure; which delivery a number stands for is `numbers.ts`.

import { BadMessage, type DeliveryView, type NewPosition } from "./protocol";

/** The first byte of a frame: its kind and the version of the format. */
const POSITIONS = 1;
const PER_DEGREE = 1e7;
const PER_ROUTE = 1e4;
const KMH_PER_METER_A_SECOND = 3.6;
/** So many bytes hold 2^53 - 1, the largest number that there is. */
const LONGEST_VARINT = 8;

/** The delivery that a number stands for. */
export type Lookup = (number: number) => DeliveryView | undefined;

export interface BinaryFrame {
  positions: NewPosition[];
  /** Positions whose delivery nobody announced. */
  unknown: number;
  /** What to add to the next offset of partition 0, 1, …; empty in the mode `latest`. */
  advances: number[];
}

/**
 * Reads one frame, all or nothing.
 * @throws {BadMessage} It is cut, or is no such frame.
 */
export function decodePositions(frame: ArrayBuffer, lookup: Lookup): BinaryFrame {
  const bytes = new Bytes(frame);
  if (bytes.next() !== POSITIONS) throw new BadMessage("binary: version");
  const advances: number[] = [];
  for (let left = bytes.varint(); left > 0; left -= 1) advances.push(bytes.varint());
  const positions: NewPosition[] = [];
  let unknown = 0;
  while (bytes.more) {
    const position = readRecord(bytes, lookup);
    if (position === null) unknown += 1;
    else positions.push(position);
  }
  return { positions, unknown, advances };
}

/** Null for a number that stands for nothing; its bytes are read all the same. */
function readRecord(bytes: Bytes, lookup: Lookup): NewPosition | null {
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

/** In whole parts, so that the result is the very number that the log has. */
function degrees(origin: number, parts: number): number {
  return (Math.round(origin * PER_DEGREE) + parts) / PER_DEGREE;
}

/** Reads bytes from first to last. */
class Bytes {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(frame: ArrayBuffer) {
    this.#bytes = new Uint8Array(frame);
  }

  get more(): boolean {
    return this.#at < this.#bytes.length;
  }

  next(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new BadMessage("binary: truncated");
    this.#at += 1;
    return byte;
  }

  /** LEB128, without needless bytes. Not by shifts: those know 32 bits only. */
  varint(): number {
    let value = 0;
    for (let place = 0, weight = 1; place < LONGEST_VARINT; place += 1, weight *= 128) {
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
