// Chooses the base map: the configured public style or, if it cannot be loaded in time, the built-in one.

import type { Map as MapLibre, StyleSpecification } from "maplibre-gl";

/** How long to wait for the public map, milliseconds: for its style, and then for its first tile. */
export const STYLE_TIMEOUT = 4_000;
export const TILE_TIMEOUT = 6_000;

/** The style, or null when it cannot be loaded in time or is invalid. */
export async function fetchStyle(url: string, timeLimit = STYLE_TIMEOUT): Promise<StyleSpecification | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeLimit) });
    const style: unknown = response.ok ? await response.json() : null;
    return isStyle(style) ? style : null;
  } catch {
    return null;
  }
}

/** A minimal check; MapLibre validates the rest itself. */
export function isStyle(value: unknown): value is StyleSpecification {
  if (typeof value !== "object" || value === null) return false;
  const { version, sources, layers } = value as Partial<Record<string, unknown>>;
  return version === 8 && typeof sources === "object" && sources !== null && Array.isArray(layers);
}

/** Puts a base style below the page's own layers: sources and layers from `first` on stay as they are. */
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

/** Whether a tile of one of these sources arrives in time; true for a style without tiles. */
export async function tilesArrive(
  map: MapLibre,
  sources: readonly string[],
  timeLimit = TILE_TIMEOUT,
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
