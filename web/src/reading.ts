// Strict parsing of the gateway's messages. Anything that does not have the agreed shape becomes a `BadMessage`, never a
// partially filled object.

/** Degrees, longitude first. */
export type LngLat = readonly [lng: number, lat: number];

/** The message does not have the agreed shape; the error says where. */
export class BadMessage extends Error {
  override name = "BadMessage";
}

export type Fields = Record<string, unknown>;

/** Null in place of a `BadMessage`. */
export function orNull<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadMessage) return null;
    throw error;
  }
}

/** The valid entries of a list, and the number of invalid ones. */
export function readEach<Read>(data: Fields, key: string, read: (entry: Fields) => Read) {
  const all = listOf(data, key).map((entry) => orNull(() => read(asObject(entry, key))));
  const readable = all.filter((entry) => entry !== null);
  return { read: readable, dropped: all.length - readable.length };
}

export function readPosition(value: unknown, order: "latLng" | "lngLat"): LngLat {
  if (!Array.isArray(value) || value.length < 2) throw new BadMessage("position: not a pair");
  const [first, second] = value as unknown[];
  const [lng, lat] = order === "lngLat" ? [first, second] : [second, first];
  if (!isDegrees(lng, 180) || !isDegrees(lat, 90)) throw new BadMessage("position: out of range");
  return [lng, lat];
}

function isDegrees(value: unknown, limit: number): value is number {
  return typeof value === "number" && Math.abs(value) <= limit;
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BadMessage("frame: no JSON");
  }
}

export function asObject(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BadMessage(`${what}: not an object`);
  }
  return value as Fields;
}

export function listOf(fields: Fields, key: string): unknown[] {
  const value = fields[key];
  if (!Array.isArray(value)) throw new BadMessage(`${key}: not a list`);
  return value;
}

export function textOf(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== "string") throw new BadMessage(`${key}: not a text`);
  return value;
}

export function textsOf(fields: Fields, key: string): string[] {
  const list = listOf(fields, key);
  if (!list.every((entry) => typeof entry === "string")) throw new BadMessage(`${key}: not texts`);
  return list;
}

/** A string that is not empty. */
export function identity(fields: Fields, key: string): string {
  const value = textOf(fields, key);
  if (value === "") throw new BadMessage(`${key}: empty`);
  return value;
}

/** An absent or null field is an empty string. */
export function optionalText(fields: Fields, key: string): string {
  return fields[key] === undefined || fields[key] === null ? "" : textOf(fields, key);
}

/** A number that is not negative. */
export function magnitude(fields: Fields, key: string): number {
  const value = optionalNumber(fields, key) ?? -1;
  if (value < 0) throw new BadMessage(`${key}: not a magnitude`);
  return value;
}

/** An absent or null field is null. */
export function optionalNumber(fields: Fields, key: string): number | null {
  const value = fields[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== "number" || !Number.isFinite(value)) throw new BadMessage(`${key}: not a number`);
  return value;
}
