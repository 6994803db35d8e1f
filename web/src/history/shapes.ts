// The responses of the gateway's history interface, parsed strictly. Positions arrive as `[lat, lng]` and are `[lng, lat]`
// from here on; times are milliseconds since the epoch, speeds metres per second.

import { readPhase, type Phase } from "../protocol";
import type { Extent } from "./range";
import {
  BadMessage,
  asObject,
  identity,
  magnitude,
  optionalNumber,
  optionalText,
  orNull,
  readEach,
  readPosition,
  type Fields,
  type LngLat,
} from "../reading";

/** Percentiles of a quantity; null without data. */
export interface Spread {
  p50: number | null;
  p95: number | null;
  max: number | null;
}

export interface RouteCount {
  routeId: string;
  title: string;
  deliveries: number;
  /** Null: too many to count in time. */
  positions: number | null;
}

export interface CourierCount {
  courier: string;
  deliveries: number;
}

/** The number of deliveries ordered in one interval. */
export interface Moment {
  at: number;
  deliveries: number;
}

/** `GET /history/summary`. */
export interface Summary {
  deliveries: number;
  /** Phases, durations and delays cover this many of them, the most recent. */
  examined: number;
  byPhase: { phase: Phase; deliveries: number }[];
  /** Null: not available for this query. */
  viewers: number | null;
  routes: RouteCount[];
  couriers: CourierCount[];
  durationSeconds: Spread;
  speed: Spread;
  lateSeconds: Spread;
  /** The delay between a position's time and its arrival in Kafka. */
  delayMilliseconds: Spread;
  /** The number of repeated positions in Kafka; null: not known. */
  repeated: number | null;
  overTime: Moment[];
  /** The length of each interval. */
  overTimeMilliseconds: number;
}

interface Identified {
  deliveryId: string;
  /** The name of the Delivery object. */
  name: string;
  routeId: string;
  title: string;
  courier: string;
  vehicle: string;
  /** Null: the index has no state for it. */
  phase: Phase | null;
}

/** An entry of `GET /history/deliveries`. */
export interface PastDelivery extends Identified {
  /** When it was ordered. */
  createdAt: number | null;
  start: number | null;
  end: number | null;
  durationSeconds: number | null;
  /** The delay of the arrival beyond the order time and the driving time. */
  lateSeconds: number | null;
}

export interface PastPage {
  deliveries: PastDelivery[];
  /** The cursor of the next page; null: there is none. */
  next: string | null;
}

/** An entry of `GET /history/near`. */
export interface Passage extends Identified {
  firstAt: number;
  lastAt: number;
  /** How many positions were within the radius. */
  positions: number;
  nearestMeters: number;
}

export interface Near {
  deliveries: Passage[];
  /** There were more deliveries. */
  truncated: boolean;
}

/** One stored position of a delivery. */
export interface StoredPosition {
  seq: number;
  at: number;
  position: LngLat;
  speed: number;
  heading: number;
  progress: number;
}

/** `GET /history/deliveries/:id/positions`. */
export interface PositionsPage {
  positions: StoredPosition[];
  next: number | null;
}

export interface Cell {
  position: LngLat;
  count: number;
}

/** `GET /history/heat`: `precision` is the tile zoom of the cells. */
export interface Heat {
  precision: number;
  cells: Cell[];
  /** Cells with fewer positions were left out. */
  truncated: boolean;
}

/**
 * `GET /history`.
 * @throws {BadMessage}
 */
export function readExtent(value: unknown): Extent {
  const data = asObject(value, "extent");
  const [oldest, newest] = [optionalNumber(data, "oldest"), optionalNumber(data, "newest")];
  return oldest === null || newest === null ? null : { oldest, newest };
}

/** @throws {BadMessage} */
export function readSummary(value: unknown): Summary {
  const data = asObject(value, "summary");
  const phases = Object.entries(asObject(data.byPhase ?? {}, "byPhase"));
  const deliveries = magnitude(data, "deliveries");
  return {
    deliveries,
    examined: optionalNumber(data, "examined") ?? deliveries,
    byPhase: phases.flatMap(([name, count]) => {
      const phase = orNull(() => readPhase(name));
      return phase === null || typeof count !== "number" ? [] : [{ phase, deliveries: count }];
    }),
    viewers: optionalNumber(data, "viewers"),
    routes: readEach(data, "routes", readRouteCount).read,
    couriers: readEach(data, "couriers", readCourierCount).read,
    durationSeconds: readSpread(data.durationSeconds),
    speed: readSpread(data.speed),
    lateSeconds: readSpread(data.lateSeconds),
    delayMilliseconds: readSpread(data.delayMilliseconds),
    repeated: optionalNumber(data, "repeated"),
    overTime: readEach(data, "overTime", readMoment).read,
    overTimeMilliseconds: magnitude(data, "overTimeMilliseconds"),
  };
}

/** @throws {BadMessage} */
export function readPastPage(value: unknown): PastPage {
  const data = asObject(value, "deliveries");
  return { deliveries: readEach(data, "deliveries", readPastDelivery).read, next: readNext(data) };
}

/**
 * `GET /deliveries/:id`, which has the same fields as a past delivery.
 * @throws {BadMessage}
 */
export function readPast(value: unknown): PastDelivery {
  return readPastDelivery(asObject(value, "delivery"));
}

/** @throws {BadMessage} */
export function readNear(value: unknown): Near {
  const data = asObject(value, "near");
  return { deliveries: readEach(data, "deliveries", readPassage).read, truncated: data.truncated === true };
}

/** @throws {BadMessage} */
export function readPositionsPage(value: unknown): PositionsPage {
  const data = asObject(value, "positions");
  return {
    positions: readEach(data, "positions", readStoredPosition).read,
    next: optionalNumber(data, "next"),
  };
}

/** @throws {BadMessage} */
export function readHeat(value: unknown): Heat {
  const data = asObject(value, "heat");
  const { read: cells } = readEach(data, "cells", readCell);
  return { precision: magnitude(data, "precision"), cells, truncated: data.truncated === true };
}

function readSpread(value: unknown): Spread {
  if (value === undefined || value === null) return { p50: null, p95: null, max: null };
  const data = asObject(value, "spread");
  const [p50, p95, max] = [
    optionalNumber(data, "p50"),
    optionalNumber(data, "p95"),
    optionalNumber(data, "max"),
  ];
  return { p50, p95, max };
}

function readRouteCount(data: Fields): RouteCount {
  const routeId = identity(data, "routeId");
  return {
    routeId,
    title: optionalText(data, "title") || routeId,
    deliveries: magnitude(data, "deliveries"),
    positions: optionalNumber(data, "positions"),
  };
}

function readCourierCount(data: Fields): CourierCount {
  return { courier: optionalText(data, "courier"), deliveries: magnitude(data, "deliveries") };
}

function readMoment(data: Fields): Moment {
  return { at: magnitude(data, "at"), deliveries: magnitude(data, "deliveries") };
}

function readIdentified(data: Fields): Identified {
  const routeId = optionalText(data, "routeId");
  const name = optionalText(data, "name");
  return {
    deliveryId: identity(data, "deliveryId"),
    name,
    routeId,
    title: optionalText(data, "title") || name || routeId,
    courier: optionalText(data, "courier"),
    vehicle: optionalText(data, "vehicle"),
    phase: orNull(() => readPhase(data.phase)),
  };
}

function readPastDelivery(data: Fields): PastDelivery {
  return {
    ...readIdentified(data),
    createdAt: optionalNumber(data, "createdAt"),
    start: optionalNumber(data, "start"),
    end: optionalNumber(data, "end"),
    durationSeconds: optionalNumber(data, "durationSeconds"),
    lateSeconds: optionalNumber(data, "lateSeconds"),
  };
}

function readPassage(data: Fields): Passage {
  return {
    ...readIdentified(data),
    firstAt: magnitude(data, "firstAt"),
    lastAt: magnitude(data, "lastAt"),
    positions: magnitude(data, "positions"),
    nearestMeters: magnitude(data, "nearestMeters"),
  };
}

function readStoredPosition(data: Fields): StoredPosition {
  return {
    seq: magnitude(data, "seq"),
    at: magnitude(data, "at"),
    position: readPosition(data.position, "latLng"),
    speed: optionalNumber(data, "speed") ?? 0,
    heading: optionalNumber(data, "heading") ?? 0,
    progress: Math.min(1, Math.max(0, optionalNumber(data, "progress") ?? 0)),
  };
}

function readCell(data: Fields): Cell {
  return { position: readPosition(data.position, "latLng"), count: magnitude(data, "count") };
}

/** An opaque cursor: a number or a string. */
function readNext(data: Fields): string | null {
  const { next } = data;
  if (next === undefined || next === null) return null;
  if (typeof next !== "string" && typeof next !== "number") throw new BadMessage("next: not a text");
  return String(next);
}
