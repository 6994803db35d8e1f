// What is asked of the gateway, as relative addresses: each is the key of its answer. Pure.

import type { Bounds } from "../geo";
import type { Around } from "./address";
import { formatPoint } from "./address";
import type { Interval } from "./range";

/** What all parts of the view ask about. */
export interface Query extends Interval {
  /** Empty: all of them. */
  route: string;
  courier: string;
}

const PASSAGES = 100;
const PAGE_OF_DELIVERIES = 30;
const PAGE_OF_STOPS = 2_000;
/** As many as the gateway tells at once: what the charts of single deliveries show. */
export const MOST_DELIVERIES = 200;

export function summaryPath(query: Query): string {
  return path("history/summary", filter(query));
}

/** `before` is the `next` of the page before; null: the first page. */
export function deliveriesPath(
  query: Query,
  before: string | null,
  limit: number = PAGE_OF_DELIVERIES,
): string {
  return path("history/deliveries", [...filter(query), ["limit", String(limit)], ["before", before ?? ""]]);
}

export function deliveryPath(deliveryId: string): string {
  return `deliveries/${encodeURIComponent(deliveryId)}`;
}

/** `after` is the `next` of the page before; null: the first page. */
export function stopsPath(deliveryId: string, after: number | null): string {
  return path(`history/deliveries/${encodeURIComponent(deliveryId)}/positions`, [
    ["limit", String(PAGE_OF_STOPS)],
    ["after", after === null ? "" : String(after)],
  ]);
}

export function nearPath(query: Query, { point, radius }: Around): string {
  return path("history/near", [
    ["point", formatPoint(point)],
    ["radius", String(radius)],
    ...filter(query),
    ["limit", String(PASSAGES)],
  ]);
}

/** How many positions were where in a view. */
export function heatPath(query: Query, view: Bounds): string {
  return path("history/heat", [["rectangle", rectangle(view)], ...filter(query)]);
}

/** A view that is wider than the earth is all of it; one that crosses the 180th meridian has its west above its east. */
export function rectangle([west, south, east, north]: Bounds): string {
  const [left, right] = east - west >= 360 ? [-180, 180] : [wrap(west), wrap(east)];
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
function path(base: string, asked: [string, string][]): string {
  const given = asked.filter(([, value]) => value !== "");
  return given.length === 0 ? base : `${base}?${new URLSearchParams(given)}`;
}

function wrap(lng: number): number {
  return lng >= -180 && lng <= 180 ? lng : ((((lng + 180) % 360) + 360) % 360) - 180;
}

function clamp(lat: number): number {
  return Math.min(90, Math.max(-90, lat));
}
