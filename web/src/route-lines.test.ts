import { expect, test } from "vitest";
import { view } from "./fixtures";
import type { Route } from "./protocol";
import { RouteLines } from "./route-lines";

const ROUTE: Route = {
  id: "1",
  title: "Primeiro",
  lengthMeters: 1,
  startPosition: [0, 0],
  endPosition: [1, 1],
  path: [
    [0, 0],
    [1, 1],
  ],
};

/** Lines of a gateway that answers each fetch with the next of `answers`, and with the last from then on. */
function linesOf(...answers: (Route | Error)[]) {
  const fetched: string[] = [];
  const lines = new RouteLines(
    (deliveryId) => {
      const answer = answers[Math.min(fetched.length, answers.length - 1)];
      fetched.push(deliveryId);
      return answer instanceof Error || answer === undefined
        ? Promise.reject(answer ?? new Error("no answer"))
        : Promise.resolve(answer);
    },
    () => Promise.resolve(),
  );
  return { lines, fetched };
}

test("five thousand deliveries of two revisions fetch two lines", async () => {
  const { lines, fetched } = linesOf(ROUTE);
  const views = Array.from({ length: 5000 }, (_, number) =>
    view(String(number), { route: `default/1@${number % 2}` }),
  );
  const routes = await Promise.all(views.map((delivery) => lines.get(delivery)));
  expect(fetched).toEqual(["0", "1"]);
  expect(routes.every((route) => route === ROUTE)).toBe(true);
});

test("a gateway that names no revision is asked for each delivery", async () => {
  const { lines, fetched } = linesOf(ROUTE);
  const views = [view("a", { route: "" }), view("b", { route: "" })];
  await Promise.all([...views, ...views].map((delivery) => lines.get(delivery)));
  expect(fetched).toEqual(["a", "b"]);
});

test("a line that fails is tried again by way of a delivery that is still shown", async () => {
  const { lines, fetched } = linesOf(new Error("gone"), ROUTE);
  const line = lines.get(view("a"));
  void lines.get(view("b"));
  await Promise.resolve();
  lines.forget("a");
  expect(await line).toBe(ROUTE);
  expect(fetched.at(-1)).toBe("b");
});

test("a line that is unavailable is asked for again only by a delivery that appears later", async () => {
  const { lines, fetched } = linesOf(new Error("1"), new Error("2"), new Error("3"), new Error("4"), ROUTE);
  expect(await lines.get(view("a"))).toBeNull();
  expect(await lines.get(view("a"))).toBeNull();
  expect(fetched).toHaveLength(4);
  expect(await lines.get(view("b"))).toBe(ROUTE);
});

test("a line is dropped with the last delivery that is shown with it", async () => {
  const { lines, fetched } = linesOf(ROUTE);
  await lines.get(view("a"));
  await lines.get(view("b"));
  lines.forget("a");
  await lines.get(view("c"));
  expect(fetched).toHaveLength(1);
  lines.forget("b");
  lines.forget("c");
  await lines.get(view("d"));
  expect(fetched).toEqual(["a", "d"]);
});
