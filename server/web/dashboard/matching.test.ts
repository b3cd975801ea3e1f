import { expect, test } from "vitest";
import type { TimelineEvent } from "../shared/model";
import { matches } from "./matching";
import { parseView } from "./view";

const WINDOW = { start: Date.parse("2026-01-15T10:00:00Z"), end: Date.parse("2026-01-15T11:00:00Z") };
const event = (part: Partial<TimelineEvent>): TimelineEvent => ({ sid: "evt_a", type: "deployment", name: "v1", startedAt: "2026-01-15T10:30:00.000Z", ...part });
const shown = (part: Partial<TimelineEvent>, address = ""): boolean => matches(event(part), parseView(address), WINDOW);

test("an event shows where its span touches the window, both ends included", () => {
  expect(shown({})).toBe(true);
  expect(shown({ startedAt: "2026-01-15T11:00:00.000Z" })).toBe(true);
  expect(shown({ startedAt: "2026-01-15T11:00:00.001Z" })).toBe(false);
  expect(shown({ startedAt: "2026-01-15T09:00:00.000Z" })).toBe(false);
  expect(shown({ startedAt: "2026-01-15T09:00:00.000Z", endedAt: "2026-01-15T10:00:00.000Z" })).toBe(true);
});

test("an incident that goes on shows in every window after its start", () => {
  expect(shown({ type: "incident", startedAt: "2025-01-01T00:00:00.000Z" })).toBe(true);
});

test("an event for all places shows whatever place is asked for", () => {
  expect(shown({ bucketSids: ["*"], environmentSids: ["*"] }, "?bucketSid=b1&environmentSid=e1")).toBe(true);
  expect(shown({ bucketSids: ["b1", "b2"] }, "?bucketSid=b1")).toBe(true);
  expect(shown({ bucketSids: ["b2"] }, "?bucketSid=b1")).toBe(false);
});

test("types and source have to be those asked for", () => {
  expect(shown({}, "?type=deployment&type=scale&source=")).toBe(true);
  expect(shown({}, "?type=scale")).toBe(false);
  expect(shown({ source: "argo_cd" }, "?source=argo_cd")).toBe(true);
  expect(shown({}, "?source=argo_cd")).toBe(false);
});
