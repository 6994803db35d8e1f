import { afterEach, describe, expect, test, vi } from "vitest";
import { HistoryError } from "./client";
import { loadTape, type LoadProgress } from "./load-tape";

const ROUTE = {
  id: "1",
  title: "Primeiro",
  startPosition: { lat: 0, lng: 0 },
  endPosition: { lat: 0, lng: 1 },
  path: [
    [0, 0],
    [1, 0],
  ],
};

function stop(seq: number) {
  return { seq, at: seq * 500, position: [0, seq * 1e-4] };
}

/** Responses by path and query; anything else is an error. */
function serve(answers: Record<string, unknown>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("document", { baseURI: "http://gateway.example/" });
  vi.stubGlobal("fetch", (url: URL) => {
    const path = `${url.pathname}${url.search}`;
    asked.push(path);
    const body = answers[path];
    const problem = { error: { reason: "UnknownDelivery", message: "No such delivery." } };
    return Promise.resolve(Response.json(body ?? problem, { status: body === undefined ? 404 : 200 }));
  });
  return asked;
}

async function load(id: string): Promise<LoadProgress[]> {
  const pages: LoadProgress[] = [];
  await loadTape(id, (page) => pages.push(page), new AbortController().signal);
  return pages;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the positions of a delivery", () => {
  test("are fetched page by page, each reported as it arrives", async () => {
    const asked = serve({
      "/deliveries/a/route": ROUTE,
      "/history/deliveries/a/positions?limit=2000": { positions: [stop(0), stop(1)], next: 1 },
      "/history/deliveries/a/positions?limit=2000&after=1": { positions: [stop(2)], next: null },
    });
    const pages = await load("a");
    expect(pages.map(({ tape, complete }) => [tape.frames.length, complete])).toEqual([
      [2, false],
      [3, true],
    ]);
    expect(asked).toHaveLength(3);
  });

  test("can be replayed although the route no longer exists", async () => {
    serve({ "/history/deliveries/a/positions?limit=2000": { positions: [stop(0), stop(1)], next: null } });
    expect((await load("a"))[0]?.tape.frames).toHaveLength(2);
  });

  test("are empty for a delivery that never moved", async () => {
    serve({ "/history/deliveries/a/positions?limit=2000": { positions: [], next: null } });
    expect(await load("a")).toMatchObject([{ tape: { frames: [] }, complete: true, truncated: false }]);
  });

  test("are not fetched endlessly when a page points to itself", async () => {
    serve({
      "/history/deliveries/a/positions?limit=2000": { positions: [stop(0)], next: 5 },
      "/history/deliveries/a/positions?limit=2000&after=5": { positions: [stop(1)], next: 5 },
    });
    expect((await load("a")).at(-1)?.complete).toBe(true);
  });

  test("that cannot be fetched are a problem, with the gateway's reason", async () => {
    serve({});
    const problem = { kind: "refused", reason: "UnknownDelivery" } as const;
    await expect(load("a")).rejects.toEqual(new HistoryError(problem));
  });
});
