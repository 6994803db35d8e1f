import { afterEach, describe, expect, test, vi } from "vitest";
import { asObject, magnitude } from "../reading";
import { ServiceError, ask, problemIn, problemOf } from "./client";

const failing = (reason: string) => ({ error: { reason, message: "A sentence." } });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("a response", () => {
  test.each([
    // The gateway alone, which serves the page and knows no such path.
    [404, failing("NotFound"), { kind: "absent" }],
    // A server of pages, which answers everything with one.
    [200, null, { kind: "absent" }],
    [404, null, { kind: "absent" }],
    [404, failing("UnknownInvoice"), { kind: "unknown" }],
    [422, failing("InvalidQuantity"), { kind: "refused", reason: "InvalidQuantity" }],
    [409, failing("Cancelled"), { kind: "refused", reason: "Cancelled" }],
    [429, failing("TooManyRequests"), { kind: "refused", reason: "TooManyRequests" }],
    [429, null, { kind: "away" }],
    // The entrance, with nobody behind it.
    [503, null, { kind: "away" }],
    [503, failing("StoreUnavailable"), { kind: "away" }],
    [503, failing("Busy"), { kind: "refused", reason: "Busy" }],
    [502, failing("Busy"), { kind: "away" }],
    [502, {}, { kind: "away" }],
  ])("%d %j", (status, body, problem) => {
    expect(problemOf(status, body)).toEqual(problem);
  });
});

describe("a request", () => {
  const signal = new AbortController().signal;
  const read = (body: unknown) => magnitude(asObject(body, "answer"), "value");

  function answering(answer: () => Promise<Response>) {
    const asked: { url: string; request: RequestInit | undefined }[] = [];
    vi.stubGlobal("document", { baseURI: "http://entrance.example/map/" });
    vi.stubGlobal("fetch", (url: URL, request?: RequestInit) => {
      asked.push({ url: url.href, request });
      return answer();
    });
    return asked;
  }

  test("goes below the page's own address", async () => {
    const asked = answering(() => Promise.resolve(Response.json({ value: 7 })));
    const headers = { "idempotency-key": "k" };
    expect(await ask("api/purchases", read, signal, { method: "POST", headers })).toBe(7);
    expect(asked.map(({ url }) => url)).toEqual(["http://entrance.example/map/api/purchases"]);
    expect(asked[0]?.request).toMatchObject({ method: "POST", headers, cache: "no-store" });
  });

  test.each<[string, () => Promise<Response>, string]>([
    ["there is no line", () => Promise.reject(new TypeError("Failed to fetch")), "away"],
    ["the answer is a page", () => Promise.resolve(new Response("<!doctype html>")), "absent"],
    ["nobody is behind the entrance", () => Promise.resolve(new Response("-", { status: 503 })), "away"],
    ["the shape is another", () => Promise.resolve(Response.json({ value: "7" })), "away"],
  ])("fails with a known problem when %s", async (_, answer, kind) => {
    answering(answer);
    const failure: unknown = await ask("api/purchases", read, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ServiceError);
    expect(problemIn(failure)).toEqual({ kind });
  });

  test("that is no longer wanted is not sent, and its end is not a problem of the service", async () => {
    const asked = answering(() => Promise.resolve(Response.json({ value: 7 })));
    const failure: unknown = await ask("x", read, AbortSignal.abort()).catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(ServiceError);
    expect(asked).toEqual([]);
  });
});
