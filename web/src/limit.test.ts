import { expect, test } from "vitest";
import { limitTo } from "./limit";

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

test("no more than the limit run at once, all run, in order", async () => {
  const limited = limitTo(3);
  const started: number[] = [];
  let [running, most] = [0, 0];
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      limited(async () => {
        started.push(index);
        running += 1;
        most = Math.max(most, running);
        await pause();
        running -= 1;
        return index;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(started).toEqual(results);
});

test("a task that fails frees its slot for the next", async () => {
  const limited = limitTo(1);
  const failing = limited(() => Promise.reject(new Error("no")));
  const next = limited(() => Promise.resolve("yes"));
  await expect(failing).rejects.toThrow("no");
  await expect(next).resolves.toBe("yes");
});
