// Queries to the gateway as relative URLs; each is also the cache key of its response. Pure.

import { wrapLng, type Bounds } from "../geo";
import type { SearchArea } from "./address";
import { formatPoint } from "./address";
import type { Interval } from "./range";

/** The filter that all parts of the history view share. */
export interface Query extends Interval {
  /** Empty: all of them. */
  route: string;
  courier: string;
}

const MAX_PASSAGES = 100;
const DELIVERIES_PER_PAGE = 30;
const POSITIONS_PER_PAGE = 2_000;
/** The gateway's maximum page size: the charts of single deliveries show this many. */
export const MAX_DELIVERIES = 200;

/** The extent of the index. */
export const EXTENT_PATH = "history";

export function summaryPath(query: Query): string {
  return path("history/summary", filter(query));
}

/** `before` is the previous page's `next`; null: the first page. */
export function deliveriesPath(
  query: Query,
  before: string | null,
  limit: number = DELIVERIES_PER_PAGE,
): string {
  return path("history/deliveries", [...filter(query), ["limit", String(limit)], ["before", before ?? ""]]);
}

export function deliveryPath(deliveryId: string): string {
  return `deliveries/${encodeURIComponent(deliveryId)}`;
}

/** The newest delivery by the name of its object; one under way comes first. */
export function namedPath({ namespace, name }: { namespace: string; name: string }): string {
  return path("deliveries", [
    ["namespace", namespace],
    ["name", name],
    ["limit", "1"],
  ]);
}

/** The newest past deliveries of the delivery store. */
export function pastPath(limit: number): string {
  return path("deliveries", [
    ["past", "true"],
    ["limit", String(limit)],
  ]);
}

/** `after` is the previous page's `next`; null: the first page. */
export function positionsPath(deliveryId: string, after: number | null): string {
  return path(`history/deliveries/${encodeURIComponent(deliveryId)}/positions`, [
    ["limit", String(POSITIONS_PER_PAGE)],
    ["after", after === null ? "" : String(after)],
  ]);
}

export function nearPath(query: Query, { point, radius }: SearchArea): string {
  return path("history/near", [
    ["point", formatPoint(point)],
    ["radius", String(radius)],
    ...filter(query),
    ["limit", String(MAX_PASSAGES)],
  ]);
}

/** The density of positions in a view. */
export function heatPath(query: Query, view: Bounds): string {
  return path("history/heat", [["rectangle", rectangle(view)], ...filter(query)]);
}

/** A view wider than the earth is clamped; in one that crosses the 180th meridian, west is greater than east. */
export function rectangle([west, south, east, north]: Bounds): string {
  const [left, right] = east - west >= 360 ? [-180, 180] : [wrapLng(west), wrapLng(east)];
  return [left, clamp(south), right, clamp(north)].map((degrees) => degrees.toFixed(5)).join(",");
}

function filter({ since, until, route, courier }: Query): [string, string][] {
  return [
    ["since", String(since)],
    ["until", String(until)],
    ["route", route],
    ["courier", courier],
  ];
}

/** Empty values are left out. */
function path(base: string, params: [string, string][]): string {
  const given = params.filter(([, value]) => value !== "");
  return given.length === 0 ? base : `${base}?${new URLSearchParams(given)}`;
}

function clamp(lat: number): number {
  return Math.min(90, Math.max(-90, lat));
}
