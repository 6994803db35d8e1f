// Which delivery a number of the binary form stands for. Each gateway numbers for itself, so a snapshot starts anew.

import type { DeliveryView, ServerFrame } from "./protocol";

/** Ended deliveries are let go of when there are so many more than the page shows. */
const SLACK = 200;

export class Numbers {
  readonly #known = new Map<number, DeliveryView>();

  get size(): number {
    return this.#known.size;
  }

  readonly lookup = (number: number): DeliveryView | undefined => this.#known.get(number);

  /** Takes note of what a frame says. Must see each frame before the positions after it are read. */
  learn(frame: ServerFrame): void {
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

  /** Forgets the deliveries that the page has forgotten, now and then. */
  keep(shown: { size: number; has: (deliveryId: string) => boolean }): void {
    if (this.#known.size <= shown.size + SLACK) return;
    for (const [number, { deliveryId }] of this.#known)
      if (!shown.has(deliveryId)) this.#known.delete(number);
  }

  #put(delivery: DeliveryView) {
    if (delivery.binary !== null) this.#known.set(delivery.binary.number, delivery);
  }
}
