import { describe, expect, test } from "vitest";
import { parseDelivery } from "../delivery/address";
import { parseAddress } from "../history/address";
import { PURCHASES_ADDRESS, isPurchases } from "./address";

describe("the address of the purchases view", () => {
  test("is its own, with or without parameters", () => {
    expect(isPurchases(PURCHASES_ADDRESS)).toBe(true);
    expect(isPurchases("#/purchases?of=nobody")).toBe(true);
    expect(parseDelivery(PURCHASES_ADDRESS)).toBeNull();
    expect(parseAddress(PURCHASES_ADDRESS)).toBeNull();
  });

  test.each(["", "#", "#purchases", "#/purchases/1", "#/delivery/shop/purchases", "#history"])(
    "is not %j",
    (hash) => {
      expect(isPurchases(hash)).toBe(false);
    },
  );
});
