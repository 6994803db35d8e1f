// What the page shows, as the part of its address after `#`: so that it can be linked, and that "back" goes back. Pure.
//
// `#` is the live map; `#history` looks back; `#history/ID` plays a delivery again. What follows a `?` is what is asked.

import type { LngLat } from "../reading";
import { USUAL_RANGE, isPreset, type Range } from "./range";

export const TABS = ["summary", "deliveries", "near"] as const;
export type Tab = (typeof TABS)[number];

/** A place and a distance around it, metres. */
export interface Around {
  point: LngLat;
  radius: number;
}

/** The view that looks back. */
export interface Past {
  tab: Tab;
  range: Range;
  /** Empty: all of them. */
  route: string;
  courier: string;
  around: Around | null;
  /** The delivery that is played again. */
  replay: string | null;
  /** Where the replay begins, milliseconds since the epoch; null: at its beginning. */
  from: number | null;
}

/** Null: the live map. */
export type Address = Past | null;

export const RADII = [25, 50, 100, 250, 500, 1_000, 5_000] as const;
export const USUAL_RADIUS = 100;
const MOST_RADIUS = 10_000;
const LONGEST_TEXT = 253;

export const USUAL_PAST: Past = {
  tab: "summary",
  range: USUAL_RANGE,
  route: "",
  courier: "",
  around: null,
  replay: null,
  from: null,
};

/** What is not understood is left out: an address that somebody typed is no error. */
export function parseAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const [view, id] = path.split("/");
  if (view !== "history") return null;
  const asked = new URLSearchParams(query);
  const replay = decode(id);
  return {
    tab: TABS.find((tab) => tab === asked.get("show")) ?? "summary",
    range: parseRange(asked),
    route: (asked.get("route") ?? "").slice(0, LONGEST_TEXT),
    courier: (asked.get("courier") ?? "").slice(0, LONGEST_TEXT),
    around: parseAround(asked),
    replay,
    from: replay === null ? null : readInstant(asked.get("from")),
  };
}

export function formatAddress(address: Address): string {
  if (address === null) return "#";
  const { tab, range, route, courier, around, replay, from } = address;
  const asked: [string, string][] = [];
  if (tab !== "summary") asked.push(["show", tab]);
  if (!isPreset(range)) asked.push(["since", iso(range.since)], ["until", iso(range.until)]);
  else if (range !== USUAL_RANGE) asked.push(["range", range]);
  if (route !== "") asked.push(["route", route]);
  if (courier !== "") asked.push(["courier", courier]);
  if (around !== null) {
    asked.push(["near", formatPoint(around.point)]);
    if (around.radius !== USUAL_RADIUS) asked.push(["radius", String(around.radius)]);
  }
  if (replay !== null && from !== null) asked.push(["from", iso(from)]);
  const query = asked.map(([key, value]) => `${key}=${encode(value)}`).join("&");
  const path = replay === null ? "#history" : `#history/${encodeURIComponent(replay)}`;
  return query === "" ? path : `${path}?${query}`;
}

/** `lng,lat`, to a tenth of a metre or so. */
export function formatPoint([lng, lat]: LngLat): string {
  return `${round(lng)},${round(lat)}`;
}

/** Two texts of a form, or of an address; null: not a place on earth. */
export function readPoint(lng: string, lat: string): LngLat | null {
  const [x, y] = [readNumber(lng), readNumber(lat)];
  return x !== null && y !== null && Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}

function parseRange(asked: URLSearchParams): Range {
  const preset = asked.get("range");
  if (isPreset(preset)) return preset;
  const [since, until] = [readInstant(asked.get("since")), readInstant(asked.get("until"))];
  return since !== null && until !== null && since < until ? { since, until } : USUAL_RANGE;
}

function readInstant(text: string | null): number | null {
  const instant = Date.parse(text ?? "");
  return Number.isNaN(instant) ? null : instant;
}

function parseAround(asked: URLSearchParams): Around | null {
  const [lng = "", lat = ""] = (asked.get("near") ?? "").split(",");
  const point = readPoint(lng, lat);
  if (point === null) return null;
  const radius = readNumber(asked.get("radius") ?? "");
  return { point, radius: radius !== null && radius >= 1 && radius <= MOST_RADIUS ? radius : USUAL_RADIUS };
}

/** Also with the comma that a Portuguese keyboard has. */
function readNumber(text: string): number | null {
  const trimmed = text.trim().replace(",", ".");
  const value = trimmed === "" ? NaN : Number(trimmed);
  return Number.isFinite(value) ? value : null;
}

function round(degrees: number): number {
  return Math.round(degrees * 1e6) / 1e6;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** Commas and colons may stand in an address as they are. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":");
}

function decode(id: string | undefined): string | null {
  if (id === undefined || id === "") return null;
  try {
    return decodeURIComponent(id).slice(0, LONGEST_TEXT);
  } catch {
    return null;
  }
}
