import { expect, test } from "vitest";
import { onRecipient, parseRecipient, recipient, rememberRecipient } from "./recipient";

test("what is stored is read strictly", () => {
  expect(parseRecipient('{"id":"c7","name":"Customer 7","email":"x"}')).toEqual({
    id: "c7",
    name: "Customer 7",
  });
  for (const text of [null, "", "null", "[]", "{}", '{"id":"","name":"x"}', '{"id":7,"name":"x"}']) {
    expect(parseRecipient(text)).toBeNull();
  }
});

test("whoever buys is the recipient from then on, and those who show it are told once", () => {
  let told = 0;
  const forget = onRecipient(() => {
    told += 1;
  });
  expect(recipient()).toBeNull();
  rememberRecipient({ id: "c7", name: "Customer 7" });
  const first = recipient();
  rememberRecipient({ id: "c7", name: "Customer 7" });
  expect(recipient()).toBe(first);
  rememberRecipient({ id: "c8", name: "Customer 8" });
  expect(recipient()).toEqual({ id: "c8", name: "Customer 8" });
  expect(told).toBe(2);
  forget();
  rememberRecipient({ id: "c9", name: "" });
  expect(told).toBe(2);
});
