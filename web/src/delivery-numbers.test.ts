import { describe, expect, test } from "vitest";
import { delivery, snapshot, view } from "./fixtures";
import { DeliveryNumbers } from "./delivery-numbers";

function numbered(deliveryId: string, number: number) {
  return view(deliveryId, { binary: { number, origin: [0, 0], originAt: 0 } });
}

describe("a number", () => {
  test("belongs to the delivery that was announced with it", () => {
    const numbers = new DeliveryNumbers();
    numbers.register(snapshot(numbered("a", 3), view("none yet")));
    numbers.register(delivery("b", { binary: { number: 4, origin: [0, 0], originAt: 0 } }));
    expect([3, 4, 5].map((number) => numbers.lookup(number)?.deliveryId)).toEqual(["a", "b", undefined]);
  });

  test("gives the newest view of its delivery, whose eta may have changed", () => {
    const numbers = new DeliveryNumbers();
    numbers.register(snapshot(numbered("a", 3)));
    numbers.register(delivery("a", { binary: { number: 3, origin: [0, 0], originAt: 0 }, eta: 77 }));
    expect(numbers.lookup(3)?.eta).toBe(77);
  });

  test("of one gateway is unknown at the next", () => {
    const numbers = new DeliveryNumbers();
    numbers.register(snapshot(numbered("a", 0), numbered("b", 1)));
    numbers.register(snapshot(numbered("b", 0)));
    expect([0, 1].map((number) => numbers.lookup(number)?.deliveryId)).toEqual(["b", undefined]);
  });

  test("is removed with its delivery, when there are many", () => {
    const numbers = new DeliveryNumbers();
    for (let number = 0; number < 150; number += 1)
      numbers.register({ event: "delivery", data: numbered(`d${number}`, number) });
    numbers.prune(new Set(["d149"]));
    expect(numbers.size).toBe(150);
    for (let number = 150; number < 300; number += 1)
      numbers.register({ event: "delivery", data: numbered(`d${number}`, number) });
    numbers.prune(new Set(["d149", "d299"]));
    expect(numbers.size).toBe(2);
    expect(numbers.lookup(299)?.deliveryId).toBe("d299");
  });
});
