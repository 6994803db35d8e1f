// The gateway's HTTP interface: the available routes, the line of a delivery, the page's configuration.

import { limitTo } from "./limit";
import {
  readConfig,
  readErrorSentence,
  readRoute,
  readRoutes,
  type PageConfig,
  type Route,
  type RouteSummary,
} from "./protocol";

const REQUEST_TIMEOUT = 10_000;
/** When many deliveries appear at once, their lines are fetched a few at a time. */
const CONCURRENT_LINES = 4;
const ATTEMPTS = 4;

/** A URL of the gateway, wherever the page is mounted. */
export function gatewayUrl(path: string, base = document.baseURI): URL {
  return new URL(path, base);
}

/** A map shows only the latest position of each delivery, and the binary form is a fifteenth of the size of JSON. */
export function socketUrl(base = document.baseURI): URL {
  const url = gatewayUrl("ws?mode=latest&batch=true&form=binary", base);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

export async function fetchRoutes(): Promise<RouteSummary[]> {
  return readRoutes(await getJson("routes"));
}

export async function fetchConfig(): Promise<PageConfig> {
  return readConfig(await getJson("config.json"));
}

/** Fetches the lines of deliveries: each once, a few at a time, with retries. */
export class RouteLines {
  readonly #limited = limitTo(CONCURRENT_LINES);
  readonly #known = new Map<string, Promise<Route | null>>();

  /** Null when it is unavailable; the delivery is then shown without its line. */
  get(deliveryId: string): Promise<Route | null> {
    let line = this.#known.get(deliveryId);
    if (line === undefined) {
      line = this.#fetch(deliveryId);
      this.#known.set(deliveryId, line);
    }
    return line;
  }

  /** Drops the line of a delivery that is no longer shown. */
  forget(deliveryId: string): void {
    this.#known.delete(deliveryId);
  }

  async #fetch(deliveryId: string): Promise<Route | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) {
        await pause(1000 * 2 ** attempt);
        if (!this.#known.has(deliveryId)) return null;
      }
      try {
        const path = `deliveries/${encodeURIComponent(deliveryId)}/route`;
        return readRoute(await this.#limited(() => getJson(path)));
      } catch {
        // The gateway may be restarting, or its catalogue may lag behind the plan: retry.
      }
    }
    return null;
  }
}

async function getJson(path: string): Promise<unknown> {
  const response = await fetch(gatewayUrl(path), { signal: AbortSignal.timeout(REQUEST_TIMEOUT) });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(readErrorSentence(body) ?? `${path}: ${response.status}`);
  return body;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
