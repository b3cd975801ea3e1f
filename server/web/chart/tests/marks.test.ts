import { expect, test } from "vitest";
import { linesOf, nearestLine } from "../lines";
import { gravest, MARK_PIXELS, marksOf } from "../marks";
import { event, HOUR, sids, visible } from "./samples";

test("an event by itself has its mark exactly at its time", () => {
  const [mark, ...others] = marksOf(visible(event("a", "deployment", 17.25)), HOUR);

  expect(mark!.x).toBe(172.5);
  expect(others).toEqual([]);
});

test("events closer than a finger is wide share a mark in their middle, which looks like the gravest of them", () => {
  const marks = marksOf(visible(event("a", "deployment", 10), event("b", "incident", 11, 12), event("c", "custom", 14)), HOUR);

  expect(marks.map(({ x, events }) => [x, sids(events)])).toEqual([
    [105, ["a", "b"]],
    [140, ["c"]],
  ]);
  expect(marks.map(gravest)).toEqual(["incident", "custom"]);
});

test("no two marks overlap, however many events there are", () => {
  const events = Array.from({ length: 3_000 }, (_, index) => event(`${index}`, "scale", ((index * 7919) % 60_000) / 1000));

  const marks = marksOf(visible(...events), HOUR);

  const gaps = marks.slice(1).map(({ x }, index) => x - marks[index]!.x);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(MARK_PIXELS);
  expect(marks.flatMap((mark) => mark.events)).toHaveLength(3_000);
});

test("what began before the window stands at its edge and draws no line", () => {
  const marks = marksOf(visible(event("old", "incident", -60), event("new", "deployment", 30)), HOUR);

  expect(marks.map(({ x, earlier }) => [x, earlier])).toEqual([[0, true], [300, false]]);
  expect(linesOf(marks, HOUR).map(({ x }) => x)).toEqual([300]);
});

test("every event has its line, those on one pixel share it, in the look of the gravest", () => {
  const marks = marksOf(visible(event("a", "custom", 10), event("b", "deployment", 10.01), event("c", "scale", 11)), HOUR);

  expect(linesOf(marks, HOUR).map(({ x, type }) => [Math.round(x), type])).toEqual([[100, "deployment"], [110, "scale"]]);
});

test("lines that crowd become ticks, so that the curves stay readable", () => {
  const events = Array.from({ length: 30 }, (_, index) => event(`${index}`, "deployment", 20 + index / 10));

  const lines = linesOf(marksOf(visible(...events), HOUR), HOUR);

  expect(lines.some(({ short }) => short)).toBe(true);
});

test("a line is found from a few pixels away, the nearest of several", () => {
  const lines = linesOf(marksOf(visible(event("a", "custom", 10), event("b", "custom", 10.6)), HOUR), HOUR);

  expect(nearestLine(lines, 104, 5)!.x).toBeCloseTo(106);
  expect(nearestLine(lines, 120, 5)).toBeNull();
});
