// The view as the URL's hash, so that it can be linked and the browser's "back" works. Pure.
//
// `#` is the live map, `#history` the history view, `#history/ID` the replay of a delivery; parameters follow a `?`.

import type { LngLat } from "../reading";
import { DEFAULT_RANGE, isPreset, type Range } from "./range";

export const TABS = ["summary", "deliveries", "near"] as const;
export type Tab = (typeof TABS)[number];

/** A point and a radius in metres. */
export interface SearchArea {
  point: LngLat;
  radius: number;
}

/** The parameters of the history view. */
export interface HistoryParams {
  tab: Tab;
  range: Range;
  /** Empty: all of them. */
  route: string;
  courier: string;
  searchArea: SearchArea | null;
  /** The id of the delivery to replay. */
  replay: string | null;
  /** When the replay starts, milliseconds since the epoch; null: at the first position. */
  from: number | null;
}

/** Null: the live map. */
export type Address = HistoryParams | null;

export const RADII = [25, 50, 100, 250, 500, 1_000, 5_000] as const;
export const DEFAULT_RADIUS = 100;
const MAX_RADIUS = 10_000;
const MAX_TEXT_LENGTH = 253;

export const DEFAULT_HISTORY: HistoryParams = {
  tab: "summary",
  range: DEFAULT_RANGE,
  route: "",
  courier: "",
  searchArea: null,
  replay: null,
  from: null,
};

/** Invalid parameters are ignored: a mistyped address is not an error. */
export function parseAddress(hash: string): Address {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const [view, id] = path.split("/");
  if (view !== "history") return null;
  const params = new URLSearchParams(query);
  const replay = decode(id);
  return {
    tab: TABS.find((tab) => tab === params.get("show")) ?? "summary",
    range: parseRange(params),
    route: (params.get("route") ?? "").slice(0, MAX_TEXT_LENGTH),
    courier: (params.get("courier") ?? "").slice(0, MAX_TEXT_LENGTH),
    searchArea: parseSearchArea(params),
    replay,
    from: replay === null ? null : readInstant(params.get("from")),
  };
}

export function formatAddress(address: Address): string {
  if (address === null) return "#";
  const { tab, range, route, courier, searchArea, replay, from } = address;
  const params: [string, string][] = [];
  if (tab !== "summary") params.push(["show", tab]);
  if (!isPreset(range)) params.push(["since", iso(range.since)], ["until", iso(range.until)]);
  else if (range !== DEFAULT_RANGE) params.push(["range", range]);
  if (route !== "") params.push(["route", route]);
  if (courier !== "") params.push(["courier", courier]);
  if (searchArea !== null) {
    params.push(["near", formatPoint(searchArea.point)]);
    if (searchArea.radius !== DEFAULT_RADIUS) params.push(["radius", String(searchArea.radius)]);
  }
  if (replay !== null && from !== null) params.push(["from", iso(from)]);
  const query = params.map(([key, value]) => `${key}=${encode(value)}`).join("&");
  const path = replay === null ? "#history" : `#history/${encodeURIComponent(replay)}`;
  return query === "" ? path : `${path}?${query}`;
}

/** `lng,lat`, rounded to about a tenth of a metre. */
export function formatPoint([lng, lat]: LngLat): string {
  return `${round(lng)},${round(lat)}`;
}

/** Parses coordinates from a form or an address; null: invalid. */
export function readPoint(lng: string, lat: string): LngLat | null {
  const [x, y] = [readNumber(lng), readNumber(lat)];
  return x !== null && y !== null && Math.abs(x) <= 180 && Math.abs(y) <= 90 ? [x, y] : null;
}

function parseRange(params: URLSearchParams): Range {
  const preset = params.get("range");
  if (isPreset(preset)) return preset;
  const [since, until] = [readInstant(params.get("since")), readInstant(params.get("until"))];
  return since !== null && until !== null && since < until ? { since, until } : DEFAULT_RANGE;
}

function readInstant(text: string | null): number | null {
  const instant = Date.parse(text ?? "");
  return Number.isNaN(instant) ? null : instant;
}

function parseSearchArea(params: URLSearchParams): SearchArea | null {
  const [lng = "", lat = ""] = (params.get("near") ?? "").split(",");
  const point = readPoint(lng, lat);
  if (point === null) return null;
  const radius = readNumber(params.get("radius") ?? "");
  return { point, radius: radius !== null && radius >= 1 && radius <= MAX_RADIUS ? radius : DEFAULT_RADIUS };
}

/** Accepts a decimal comma, as written in Portuguese. */
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

/** Commas and colons need no escaping in a hash. */
function encode(value: string): string {
  return encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%3A", ":");
}

function decode(id: string | undefined): string | null {
  if (id === undefined || id === "") return null;
  try {
    return decodeURIComponent(id).slice(0, MAX_TEXT_LENGTH);
  } catch {
    return null;
  }
}
