import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Calm } from "../calm";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the first of a burst is done at once, and of the others the last, when it has come to rest", () => {
  const calm = new Calm();
  const done: number[] = [];

  const atOnce = [1, 2, 3].map((number) => calm.do(() => void done.push(number)));

  expect(atOnce).toEqual([true, false, false]);
  expect(done).toEqual([1]);
  vi.runAllTimers();
  expect(done).toEqual([1, 3]);
  vi.advanceTimersByTime(1_000);
  expect(calm.do(() => void done.push(4))).toBe(true);
});

test("what was cancelled is not done", () => {
  const calm = new Calm();
  const done: number[] = [];
  calm.do(() => void done.push(1));
  calm.do(() => void done.push(2));

  calm.cancel();
  vi.runAllTimers();

  expect(done).toEqual([1]);
});
