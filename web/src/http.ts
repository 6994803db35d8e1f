// The gateway's HTTP interface: the routes to choose from, the line of a delivery, the page's configuration.

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

const TIME_LIMIT = 10_000;
/** A burst of deliveries asks for their lines a few at a time. */
const LINES_AT_ONCE = 4;
const ATTEMPTS = 4;

/** An address of the gateway, wherever the page is mounted. */
export function gatewayUrl(path: string, base = document.baseURI): URL {
  return new URL(path, base);
}

/** The newest position of each delivery is all that a map shows, and their binary form is a fifteenth of the JSON. */
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

/** Fetches the lines of deliveries: each once, a few at a time, again after a failure. */
export class Lines {
  readonly #limited = limitTo(LINES_AT_ONCE);
  readonly #known = new Map<string, Promise<Route | null>>();

  /** Null: it cannot be had; the delivery is shown without its line. */
  get(deliveryId: string): Promise<Route | null> {
    let line = this.#known.get(deliveryId);
    if (line === undefined) {
      line = this.#fetch(deliveryId);
      this.#known.set(deliveryId, line);
    }
    return line;
  }

  /** Those of deliveries that are no longer shown. */
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
        // The gateway may be restarting, or the catalogue may be behind the plan: again.
      }
    }
    return null;
  }
}

async function getJson(path: string): Promise<unknown> {
  const answer = await fetch(gatewayUrl(path), { signal: AbortSignal.timeout(TIME_LIMIT) });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(readErrorSentence(body) ?? `${path}: ${answer.status}`);
  return body;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
