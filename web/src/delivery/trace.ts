// What the services did for a delivery: the answer of `GET /deliveries/:id/trace`, and its spans as a waterfall. Pure.

import { asObject, identity, magnitude, optionalText, readEach, textOf, type Fields } from "../reading";

/** Something that a service did. */
export interface Span {
  id: string;
  /** The span that it belongs to; null: none that is known. */
  parent: string | null;
  /** As in docs/tracing.md, whatever the language. */
  name: string;
  service: string;
  /** The pod; empty: not told. */
  instance: string;
  /** Milliseconds since the beginning of the trace. */
  start: number;
  /** Milliseconds. */
  duration: number;
  /** Which attempt it was, and the like. */
  attributes: { name: string; value: string }[];
  /** What happened in the meantime. */
  events: string[];
  failed: boolean;
  /** Why it failed, in English; empty: not told. */
  error: string;
}

export interface Trace {
  traceId: string;
  spans: Span[];
  /** Whether there are more spans. */
  truncated: boolean;
}

export interface WaterfallRow {
  span: Span;
  /** The number of spans around it. */
  depth: number;
  /** Where it begins and how long it is, as parts of the whole. */
  left: number;
  width: number;
}

export function tracePath(deliveryId: string): string {
  return `deliveries/${encodeURIComponent(deliveryId)}/trace`;
}

/**
 * `GET /deliveries/:id/trace`.
 * @throws {BadMessage}
 */
export function readTrace(value: unknown): Trace {
  const data = asObject(value, "trace");
  const { read: spans, dropped } = readEach(data, "spans", readSpan);
  return { traceId: identity(data, "traceId"), spans, truncated: data.truncated === true || dropped > 0 };
}

function readSpan(data: Fields): Span {
  return {
    id: identity(data, "id"),
    parent: optionalText(data, "parent") || null,
    name: textOf(data, "name"),
    service: textOf(data, "service"),
    instance: optionalText(data, "instance"),
    start: magnitude(data, "startMicroseconds") / 1000,
    duration: magnitude(data, "durationMicroseconds") / 1000,
    attributes: readAttributes(data.attributes),
    events: readEach(data, "events", (event) => identity(event, "name")).read,
    failed: data.failed === true,
    error: optionalText(data, "error"),
  };
}

/** Those that are texts or numbers. */
function readAttributes(value: unknown): Span["attributes"] {
  return Object.entries(asObject(value, "attributes")).flatMap(([name, attribute]) =>
    typeof attribute === "string" || typeof attribute === "number"
      ? [{ name, value: String(attribute) }]
      : [],
  );
}

/** Each span after the one that it belongs to, those of one span by their beginnings. */
export function waterfallOf(spans: readonly Span[]): WaterfallRow[] {
  const known = new Set(spans.map(({ id }) => id));
  /** By the parent; of those at the top, the empty text. */
  const children = new Map<string, Span[]>();
  for (const span of spans) {
    const { id, parent } = span;
    const above = parent !== null && parent !== id && known.has(parent) ? parent : "";
    const siblings = children.get(above);
    if (siblings === undefined) children.set(above, [span]);
    else siblings.push(span);
  }
  const end = spans.reduce((latest, { start, duration }) => Math.max(latest, start + duration), 0.001);
  const below = (parent: string, depth: number) => {
    const found = children.get(parent) ?? [];
    children.delete(parent);
    return found.toSorted((one, other) => other.start - one.start).map((span) => ({ span, depth }));
  };
  const rows: WaterfallRow[] = [];
  let waiting = below("", 0);
  for (;;) {
    const next = waiting.pop();
    if (next !== undefined) {
      const { span, depth } = next;
      rows.push({ span, depth, left: span.start / end, width: span.duration / end });
      waiting.push(...below(span.id, depth + 1));
      continue;
    }
    // Spans that are one another's parents are nobody's work; they are shown all the same.
    const parent = children.keys().next().value;
    if (parent === undefined) return rows;
    waiting = below(parent, 0);
  }
}
