import { afterEach, describe, expect, test, vi } from "vitest";
import { requestJson, HistoryError, problemOf } from "./client";

const failing = (reason: string, message = "A sentence.") => ({ error: { reason, message } });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("an error response", () => {
  test.each([
    [404, failing("HistoryOff"), { kind: "off" }],
    [404, failing("NotFound"), { kind: "off" }],
    [404, failing("TracesOff"), { kind: "off" }],
    [404, failing("UnknownTrace"), { kind: "refused", reason: "UnknownTrace" }],
    [503, failing("TracesUnavailable"), { kind: "unavailable" }],
    [503, failing("TracesBusy"), { kind: "busy" }],
    [503, failing("HistoryUnavailable"), { kind: "unavailable" }],
    // As by a proxy without a gateway behind it: that says nothing about Elasticsearch.
    [503, {}, { kind: "failed" }],
    [503, failing("HistoryTooSlow"), { kind: "tooSlow" }],
    [503, failing("HistoryBusy"), { kind: "busy" }],
    [429, failing("TooManyRequests"), { kind: "busy" }],
    [400, failing("InvalidParameter"), { kind: "refused", reason: "InvalidParameter" }],
    [404, failing("UnknownDelivery"), { kind: "refused", reason: "UnknownDelivery" }],
    [500, failing("Internal"), { kind: "failed" }],
    [502, null, { kind: "failed" }],
  ])("%d %j", (status, body, problem) => {
    expect(problemOf(status, body)).toEqual(problem);
  });
});

describe("a request", () => {
  const signal = new AbortController().signal;

  function answering(answer: () => Promise<Response>): string[] {
    const asked: string[] = [];
    vi.stubGlobal("document", { baseURI: "http://gateway.example/page/" });
    vi.stubGlobal("fetch", (url: URL) => {
      asked.push(url.href);
      return answer();
    });
    return asked;
  }

  test("goes to the gateway that served the page, and its response is parsed", async () => {
    const asked = answering(() => Promise.resolve(Response.json({ value: 7 })));
    const read = (body: unknown) => (body as { value: number }).value;
    expect(await requestJson("history/summary", read, signal)).toBe(7);
    expect(asked).toEqual(["http://gateway.example/page/history/summary"]);
  });

  test.each<[string, () => Promise<Response>]>([
    ["there is no line", () => Promise.reject(new TypeError("Failed to fetch"))],
    ["the answer is no JSON", () => Promise.resolve(new Response("<html>"))],
    ["the answer has another shape", () => Promise.resolve(Response.json({}))],
  ])("fails when %s", async (_, answer) => {
    answering(answer);
    const read = () => {
      throw new Error("another shape");
    };
    const asked = requestJson("history/summary", read, signal);
    await expect(asked).rejects.toEqual(new HistoryError({ kind: "failed" }));
  });

  test("that is aborted is not reported as failed", async () => {
    const gone = new AbortController();
    answering(() => {
      gone.abort();
      return Promise.reject(new DOMException("aborted", "AbortError"));
    });
    await expect(requestJson("history/heat", (body) => body, gone.signal)).rejects.toThrow("aborted");
  });
});
