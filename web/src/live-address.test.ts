import { expect, test } from "vitest";
import { parseAddress } from "./history/address";
import { formatLive, parseLive, type LiveParams } from "./live-address";

const PLAIN: LiveParams = { search: "", chip: null, sort: "start", follow: null };

test.each<[LiveParams, string]>([
  [PLAIN, "#"],
  [
    { search: "são & moto", chip: "late", sort: "eta", follow: "a/b:1" },
    "#?q=s%C3%A3o+%26+moto&show=late&sort=eta&follow=a%2Fb%3A1",
  ],
  [{ ...PLAIN, chip: "Running" }, "#?show=Running"],
])("%j is %s, and back; it is an address of the live view", (params, hash) => {
  expect(formatLive(params)).toBe(hash);
  expect(parseLive(hash)).toEqual(params);
  expect(parseAddress(hash)).toBeNull();
});

test("what is invalid, or of another view, is ignored", () => {
  expect(parseLive("#?show=Nonsense&sort=colour&other=1")).toEqual(PLAIN);
  expect(parseLive("#history?q=x")).toEqual(PLAIN);
  expect(parseLive("")).toEqual(PLAIN);
});
