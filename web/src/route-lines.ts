// The lines of deliveries: each revision of a route is fetched once, however many deliveries drive it.

import { limitTo } from "./limit";
import type { DeliveryView, Route } from "./protocol";

/** When many deliveries appear at once, their lines are fetched a few at a time. */
const CONCURRENT_LINES = 4;
const ATTEMPTS = 4;

type Driven = Pick<DeliveryView, "deliveryId" | "route">;

interface Line {
  key: string;
  /** Null when it is unavailable. */
  route: Promise<Route | null>;
  /** The deliveries shown with it. Any of them leads to it. */
  deliveries: Set<string>;
  /** A delivery that appears later tries again. */
  failed: boolean;
}

export class RouteLines {
  readonly #fetch: (deliveryId: string) => Promise<Route>;
  readonly #pause: (milliseconds: number) => Promise<void>;
  readonly #limited = limitTo(CONCURRENT_LINES);
  readonly #lines = new Map<string, Line>();
  readonly #ofDelivery = new Map<string, Line>();

  /** `fetch` gets the line of a delivery, as `GET /deliveries/:id/route` does. */
  constructor(
    fetch: (deliveryId: string) => Promise<Route>,
    pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
  ) {
    this.#fetch = fetch;
    this.#pause = pause;
  }

  /** Null when it is unavailable; the delivery is then shown without its line. */
  get(delivery: Driven): Promise<Route | null> {
    const id = delivery.deliveryId;
    const known = this.#ofDelivery.get(id);
    if (known !== undefined) return known.route;
    // A gateway that does not name the revision has one line for each delivery.
    const key = delivery.route === "" ? `delivery ${id}` : delivery.route;
    const shared = this.#lines.get(key);
    const line = shared === undefined || shared.failed ? this.#start(key) : shared;
    line.deliveries.add(id);
    this.#ofDelivery.set(id, line);
    return line.route;
  }

  /** Drops a delivery that is no longer shown, and its line with the last one. */
  forget(deliveryId: string): void {
    const line = this.#ofDelivery.get(deliveryId);
    this.#ofDelivery.delete(deliveryId);
    line?.deliveries.delete(deliveryId);
    if (line?.deliveries.size === 0 && this.#lines.get(line.key) === line) this.#lines.delete(line.key);
  }

  #start(key: string): Line {
    const line: Line = { key, route: Promise.resolve(null), deliveries: new Set(), failed: false };
    line.route = this.#try(line);
    this.#lines.set(key, line);
    return line;
  }

  async #try(line: Line): Promise<Route | null> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (attempt > 0) await this.#pause(1000 * 2 ** attempt);
      const route = await this.#limited(async () => {
        const [deliveryId] = line.deliveries;
        // The gateway may be restarting, or its catalogue may lag behind the plan: retry.
        return deliveryId === undefined ? null : this.#fetch(deliveryId).catch(() => null);
      });
      if (route !== null || line.deliveries.size === 0) return route;
    }
    line.failed = true;
    return null;
  }
}
