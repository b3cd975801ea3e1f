import { expect, test } from "vitest";
import { duration, Moments, utc } from "../moments";
import { shownValue } from "../values";

const berlin = new Moments("Europe/Berlin", "en-GB");
const HOUR = 3_600_000;

test("moments are told in the viewer's zone, and in UTC", () => {
  const moment = Date.parse("2026-07-15T22:30:05Z");

  expect(berlin.full(moment)).toMatch(/16 Jul 2026, 00:30:05 (CEST|GMT\+2)/);
  expect(utc(moment)).toBe("2026-07-15 22:30:05 UTC");
});

test("an axis names the day where another one begins", () => {
  const start = Date.parse("2026-01-15T21:00:00Z");

  expect(berlin.ticks([0, 1, 2, 3].map((hour) => start + hour * HOUR), HOUR)).toEqual([
    "22:00\n15 Jan",
    "23:00",
    "00:00\n16 Jan",
    "01:00",
  ]);
});

test("an axis of dates writes the year where another one begins", () => {
  const start = Date.parse("2025-12-30T23:00:00Z");
  expect(berlin.ticks([0, 24, 48].map((hour) => start + hour * HOUR), 24 * HOUR)).toEqual(["31 Dec\n2025", "1 Jan\n2026", "2 Jan"]);
});

test.each([
  [400, "under 1 s"],
  [8_000, "8 s"],
  [25 * 60_000, "25 min"],
  [26 * HOUR, "1 d 2 h"],
  [2 * HOUR + 59_000, "2 h"],
])("%d ms are told as %s", (milliseconds, text) => {
  expect(duration(milliseconds)).toBe(text);
});

test("values have the unit that people use for them", () => {
  expect(shownValue(0.0123, "ratio")).toMatch(/^1.23 %$/);
  expect(shownValue(0.25, "seconds")).toBe("250 ms");
  expect(shownValue(2.5, "seconds")).toMatch(/^2.5 s$/);
  expect(shownValue(null, "seconds")).toBe("–");
});
