// Maps the numbers of the binary form to deliveries. Each gateway assigns its own numbers, so a snapshot resets the map.

import type { DeliveryView, ServerFrame } from "./protocol";

/** Ended deliveries are removed once there are this many more than the page shows. */
const SLACK = 200;

export class DeliveryNumbers {
  readonly #known = new Map<number, DeliveryView>();

  get size(): number {
    return this.#known.size;
  }

  readonly lookup = (number: number): DeliveryView | undefined => this.#known.get(number);

  /** Registers the deliveries of a frame. Must be called before the positions that follow it are decoded. */
  register(frame: ServerFrame): void {
    switch (frame.event) {
      case "snapshot":
      case "resumed":
        this.#known.clear();
        for (const delivery of frame.data.deliveries) this.#put(delivery);
        break;
      case "delivery":
        this.#put(frame.data);
        break;
      default:
        break;
    }
  }

  /** Removes deliveries that the page no longer shows. */
  prune(shown: { size: number; has: (deliveryId: string) => boolean }): void {
    if (this.#known.size <= shown.size + SLACK) return;
    for (const [number, { deliveryId }] of this.#known)
      if (!shown.has(deliveryId)) this.#known.delete(number);
  }

  #put(delivery: DeliveryView) {
    if (delivery.binary !== null) this.#known.set(delivery.binary.number, delivery);
  }
}
