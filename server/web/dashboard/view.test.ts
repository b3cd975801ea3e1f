import { describe, expect, test } from "vitest";
import type { TimelineEvent } from "../shared/model";
import { chartQuery, endOf, eventQuery, filterCount, formatView, keptInBounds, newestFirst, NO_FILTERS, parseView, PRESETS, windowOf } from "./view";

const NOW = Date.parse("2026-01-15T12:00:00Z");
const event = (part: Partial<TimelineEvent>): TimelineEvent => ({ sid: "evt_a", type: "deployment", name: "v1", startedAt: "2026-01-15T11:00:00.000Z", ...part });

describe("the address", () => {
  test("without anything is the last day of all events", () => {
    const view = parseView("");
    expect(view).toEqual({ ...NO_FILTERS, range: "24h", page: "timeline" });
    expect(formatView(view)).toBe("");
  });

  test.each([
    "?range=7d",
    "?type=deployment&type=incident&bucketSid=bkt_1&environmentSid=env_1&source=argo_cd&message=caf%C3%A9+%26+co",
    "?startTime=2026-01-15T10%3A00%3A00.000Z&endTime=2026-01-15T11%3A00%3A00.123Z",
    "?page=settings",
  ])("%s is read and written back as it was", (address) => {
    expect(formatView(parseView(address))).toBe(address);
  });

  test.each(["?range=9y", "?range=toString", "?startTime=yesterday&endTime=now", "?startTime=2026-01-15T11:00:00Z&endTime=2026-01-15T10:00:00Z", "?startTime=0001-01-01&endTime=9999-01-01"])(
    "%s isn't understood, and shows the last day",
    (address) => expect(parseView(address).range).toBe("24h"),
  );

  test("an unknown type is left out, and doesn't take the known ones with it", () => {
    expect(parseView("?type=party&type=scale").types).toEqual(["scale"]);
  });
});

describe("what the server is asked", () => {
  test("events are asked for by the window and every filter", () => {
    const view = parseView("?type=scale&bucketSid=b&environmentSid=e&source=s&message=pool");
    expect(Object.fromEntries(eventQuery(view, windowOf("1h", NOW)))).toEqual({
      type: "scale", bucketSid: "b", environmentSid: "e", source: "s", message: "pool", startTime: "2026-01-15T11:00:00.000Z", endTime: "2026-01-15T12:00:00.000Z",
    });
    expect(filterCount(view)).toBe(5);
  });

  test("charts are asked for by the window and the places alone", () => {
    const view = parseView("?type=scale&bucketSid=b&source=s&message=pool");
    expect([...chartQuery(view, windowOf("1h", NOW)).keys()].sort()).toEqual(["bucketSid", "endTime", "startTime"]);
  });
});

describe("zooming", () => {
  test("keeps a window as it is, in whole milliseconds", () => {
    expect(keptInBounds({ start: NOW - 1000.4, end: NOW + 999.6 }, NOW)).toEqual({ start: NOW - 1000, end: NOW + 1000 });
  });

  test.each([
    [{ start: NOW, end: NOW + 1 }],
    [{ start: -9e15, end: 9e15 }],
    [{ start: NOW + PRESETS["30d"] * 100, end: NOW + PRESETS["30d"] * 101 }],
  ])("leads to no window that can't be shown: %o", (window) => {
    const { start, end } = keptInBounds(window, NOW);
    expect(end - start).toBeGreaterThanOrEqual(1_000);
    expect(parseView(formatView({ ...parseView(""), range: { start, end } })).range).toEqual({ start, end });
    expect(end).toBeLessThanOrEqual(NOW + 366 * 86_400_000);
  });
});

describe("an event's end", () => {
  test("is its start for a point, and never for an incident that goes on", () => {
    expect(endOf(event({}))).toBe(Date.parse("2026-01-15T11:00:00Z"));
    expect(endOf(event({ type: "incident" }))).toBe(Infinity);
    expect(endOf(event({ type: "incident", endedAt: "2026-01-15T11:30:00.000Z" }))).toBe(Date.parse("2026-01-15T11:30:00Z"));
  });

  test("events stand newest first, by SID where they began together", () => {
    const [a, b, c] = [event({ sid: "evt_a" }), event({ sid: "evt_b" }), event({ sid: "evt_c", startedAt: "2026-01-15T11:00:00.001Z" })];
    expect([a, c, b].sort(newestFirst)).toEqual([c, b, a]);
  });
});
