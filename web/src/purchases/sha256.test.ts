import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { sha256 } from "./sha256";

test("the hash is the standard's", () => {
  // FIPS 180-4's own examples.
  expect(sha256("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(sha256("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("the hash is another implementation's, at every length around a block's end and in every script", () => {
  for (let length = 0; length < 200; length += 1) {
    for (const text of ["a".repeat(length), "café שלום 🛵".repeat(length)]) {
      expect(sha256(text)).toBe(createHash("sha256").update(text, "utf8").digest("hex"));
    }
  }
});
