import { expect, test } from "vitest";
import { check, choice, fuzz, mutatedBytes, mutatedJson, randomOf } from "./fuzzing";

test("the same seed makes the same inputs and another others", () => {
  const made = (seed: number) => {
    const random = randomOf(seed);
    return Array.from({ length: 50 }, () => [
      mutatedBytes(random, Uint8Array.of(1, 2, 3)),
      mutatedJson(random, { a: [1, { b: "c" }], d: null }),
    ]);
  };
  expect(made(1)).toEqual(made(1));
  expect(made(1)).not.toEqual(made(2));
});

test("what is mutated is copied and changes as a rule", () => {
  const [random, bytes, json] = [randomOf(3), Uint8Array.of(1, 2, 3), { a: [1, { b: "c" }], d: null }];
  const texts = Array.from({ length: 200 }, () => JSON.stringify(mutatedJson(random, json)));
  expect(new Set(texts).size).toBeGreaterThan(50);
  expect(new Set(Array.from({ length: 200 }, () => mutatedBytes(random, bytes).join())).size).toBeGreaterThan(
    100,
  );
  expect([json, bytes]).toEqual([{ a: [1, { b: "c" }], d: null }, Uint8Array.of(1, 2, 3)]);
});

test("a run counts its outcomes, and a failure names its seed", () => {
  const outcomes = fuzz("numbers", (random) => choice(random, ["even", "odd"]));
  expect([...outcomes.keys()].sort()).toEqual(["even", "odd"]);
  expect(() =>
    fuzz("numbers", (random) => {
      check(random(10) !== 7, "a seven");
      return "another";
    }),
  ).toThrow(/^numbers failed on input \d+ with FUZZ_SEED=\d+: Error: a seven$/);
});
