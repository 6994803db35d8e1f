// Which base map: the public style that the configuration names or, when it cannot be had in time, the built-in one.

import type { Map as MapLibre, StyleSpecification } from "maplibre-gl";

/** How long the person waits for the public map, milliseconds: for its style, and then for its first tile. */
export const STYLE_TIME_LIMIT = 4_000;
export const TILE_TIME_LIMIT = 6_000;

/** The style, or null when it cannot be had in time or is none. */
export async function fetchStyle(
  url: string,
  timeLimit = STYLE_TIME_LIMIT,
): Promise<StyleSpecification | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeLimit) });
    const style: unknown = answer.ok ? await answer.json() : null;
    return isStyle(style) ? style : null;
  } catch {
    return null;
  }
}

/** Enough of the style specification that the map will take it; it checks the rest itself. */
export function isStyle(value: unknown): value is StyleSpecification {
  if (typeof value !== "object" || value === null) return false;
  const { version, sources, layers } = value as Partial<Record<string, unknown>>;
  return version === 8 && typeof sources === "object" && sources !== null && Array.isArray(layers);
}

/** Puts a base style under what the page has drawn already: sources and layers from `first` on stay as they are. */
export function putUnder(
  base: StyleSpecification,
  current: StyleSpecification,
  first: string,
): StyleSpecification {
  const from = current.layers.findIndex((layer) => layer.id === first);
  const kept = from < 0 ? [] : current.layers.slice(from);
  const used = new Set(kept.flatMap((layer) => ("source" in layer ? [layer.source] : [])));
  const sources = Object.entries(current.sources).filter(([id]) => used.has(id));
  return {
    ...base,
    sources: { ...base.sources, ...Object.fromEntries(sources) },
    layers: [...base.layers, ...kept],
  };
}

/** Whether any of these sources' tiles arrives in time. A style without tiles needs none. */
export async function tilesArrive(
  map: MapLibre,
  sources: readonly string[],
  timeLimit = TILE_TIME_LIMIT,
): Promise<boolean> {
  if (sources.length === 0) return true;
  return new Promise((resolve) => {
    const settle = (arrived: boolean) => {
      clearTimeout(limit);
      map.off("sourcedata", onData);
      resolve(arrived);
    };
    const onData = (event: { sourceId: string; tile?: unknown }) => {
      if (event.tile !== undefined && sources.includes(event.sourceId)) settle(true);
    };
    const limit = setTimeout(() => {
      settle(false);
    }, timeLimit);
    map.on("sourcedata", onData);
  });
}
