import { describe, expect, test } from "vitest";
import { view } from "../fixtures";
import { parseAddress } from "../history/address";
import { parseLive } from "../live-address";
import { formatDelivery, linkOf, parseDelivery } from "./address";

describe("the address of a delivery", () => {
  test("is readable, and read back", () => {
    const address = { namespace: "default", name: "moto-7", id: null };
    expect(formatDelivery(address)).toBe("#/delivery/default/moto-7");
    expect(parseDelivery("#/delivery/default/moto-7")).toEqual(address);
  });

  test.each([
    ["an id", { namespace: "default", name: "moto-7", id: "f47ac10b:3" }],
    ["odd names", { namespace: "a/b?c", name: "João #7&x", id: "a=b&c/d" }],
  ])("keeps %s", (_, address) => {
    expect(parseDelivery(formatDelivery(address))).toEqual(address);
  });

  test.each([
    "",
    "#",
    "#history/delivery/default/a",
    "#delivery/default/a",
    "#/delivery",
    "#/delivery/default",
    "#/delivery/default/",
    "#/delivery//a",
    "#/delivery/default/a/b",
    "#/delivery/default/%E0%A4%A",
  ])("is none in %j", (hash) => {
    expect(parseDelivery(hash)).toBeNull();
  });

  test("is neither an address of the history nor a selection of the live map", () => {
    const hash = "#/delivery/default/a?q=b&follow=c";
    expect(parseAddress(hash)).toBeNull();
    expect(parseLive(hash)).toMatchObject({ search: "", follow: null });
  });

  test("names the newest of its name while it is under way, and exactly this one from its end on", () => {
    expect(linkOf(view("d1"))).toBe("#/delivery/default/d1");
    expect(linkOf(view("d1", { phase: "Cancelled" }))).toBe("#/delivery/default/d1?id=d1");
  });
});
