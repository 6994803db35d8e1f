import { expect, test } from "vitest";
import { applyFrames } from "./deliveries";
import { delivery } from "./fixtures";
import { followedBy } from "./following";

const MARK = "7902699be42c";
const { deliveries } = applyFrames(
  new Map(),
  [delivery("d1", { name: "segundo-0123456789ab" }), delivery("d2", { name: `segundo-${MARK}` })],
  0,
);

test.each<[string, string]>([
  ["d1", "d1"],
  [MARK, "d2"],
])("%s is the delivery %s", (follow, deliveryId) => {
  expect(followedBy(follow, deliveries)).toHaveProperty("deliveryId", deliveryId);
});

test("what a purchase asked for may be yet to come, and any other unknown delivery is none", () => {
  expect(followedBy("ba7816bf8f01", deliveries)).toBe("later");
  expect(followedBy("d3", deliveries)).toBeNull();
  expect(followedBy("gundo-7902699be42c", deliveries)).toBeNull();
});
