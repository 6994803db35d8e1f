import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  vi.stubGlobal("document", { baseURI: "http://entrance.example/" });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Each test has a page of its own, as the store lives as long as one. */
async function opened(...answers: Response[]) {
  let asked = 0;
  vi.stubGlobal("fetch", () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    return Promise.resolve(answer?.clone());
  });
  const { availability, onAvailability } = await import("./availability");
  const seen: string[] = [availability()];
  const forget = onAvailability(() => {
    seen.push(availability());
  });
  await vi.advanceTimersByTimeAsync(0);
  return { seen, asked: () => asked, forget };
}

const page = () => Response.json({ purchases: [], next: null });
const notFound = () => Response.json({ error: { reason: "NotFound", message: "No." } }, { status: 404 });

describe("the purchases service", () => {
  test("is there when it answers, and is asked only once", async () => {
    const { seen, asked } = await opened(page());
    await vi.advanceTimersByTimeAsync(600_000);
    expect(seen).toEqual(["unknown", "present"]);
    expect(asked()).toBe(1);
  });

  test.each([
    ["the gateway alone", notFound()],
    ["a server that answers everything with a page", new Response("<!doctype html>")],
    ["another service", Response.json({ name: "anything" }, { status: 401 })],
  ])("is not there behind %s, and is not asked again", async (_, answer) => {
    const { seen, asked } = await opened(answer);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(seen).toEqual(["unknown", "absent"]);
    expect(asked()).toBe(1);
  });

  test("that is away is asked again until it is there", async () => {
    const away = () => new Response("no healthy upstream", { status: 503 });
    const { seen, asked } = await opened(away(), away(), page());
    expect(seen).toEqual(["unknown", "away"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(asked()).toBe(2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toEqual(["unknown", "away", "present"]);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(asked()).toBe(3);
  });
});
