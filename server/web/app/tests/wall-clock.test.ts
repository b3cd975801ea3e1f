import { expect, test } from "vitest";
import { WallClock } from "../wall-clock";

test.each([
  ["a summer's day", "Europe/Stockholm", "2026-07-15T14:30", "2026-07-15T12:30:00.000Z"],
  ["a winter's day", "Europe/Stockholm", "2026-01-15T14:30", "2026-01-15T13:30:00.000Z"],
  ["another day than in UTC", "Asia/Tokyo", "2026-01-01T00:00", "2025-12-31T15:00:00.000Z"],
  ["half hours", "Asia/Kolkata", "2026-01-15T00:15", "2026-01-14T18:45:00.000Z"],
  ["just before clocks are put forward", "America/New_York", "2026-03-08T01:59", "2026-03-08T06:59:00.000Z"],
  ["just after it", "America/New_York", "2026-03-08T03:00", "2026-03-08T07:00:00.000Z"],
  ["just after it, east of UTC", "Europe/Stockholm", "2026-03-29T03:00", "2026-03-29T01:00:00.000Z"],
  ["the evening before", "Europe/Stockholm", "2026-03-28T22:00", "2026-03-28T21:00:00.000Z"],
  ["a time shown twice is the first", "America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00.000Z"],
  ["a time shown twice, east of UTC", "Europe/Stockholm", "2026-10-25T02:30", "2026-10-25T00:30:00.000Z"],
])("the clock shows %s, there and back", (_, zone, shown, moment) => {
  const clock = new WallClock(zone);

  expect(clock.at(Date.parse(moment))).toBe(shown);
  expect(new Date(clock.moment(shown)).toISOString()).toBe(moment);
});

test.each([
  ["America/New_York", "2026-03-08T02:30", "2026-03-08T03:30"],
  ["Europe/Stockholm", "2026-03-29T02:30", "2026-03-29T03:30"],
])("in %s, %s is never shown and taken for %s", (zone, never, taken) => {
  const clock = new WallClock(zone);

  expect(clock.at(clock.moment(never))).toBe(taken);
});

test("without a zone it is the browser's, and it says which", () => {
  expect(new WallClock().zone).toBe(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  expect(new WallClock("Asia/Tokyo").zone).toBe("Asia/Tokyo");
});
