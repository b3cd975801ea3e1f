import { expect, test } from "vitest";
import type { TimelineEvent } from "../shared/model";
import { MOST_EVENTS } from "./loading";
import { countText, warningText } from "./notes";
import { parseView } from "./view";

const YEAR = new Date().getFullYear();
const event = (number: number): TimelineEvent => ({
  sid: `evt_${number}`, type: "custom", name: `number ${number}`, startedAt: new Date(YEAR, 0, 15, 12, 60 - number).toISOString(),
});
const events = (length: number): TimelineEvent[] => Array.from({ length }, (_, number) => event(number));
const say = (shown: TimelineEvent[], done: boolean, truncated = false, search = ""): string =>
  countText({ events: shown, progress: { done, truncated } }, parseView(search), false);

test("while pages come it is told how many there are, and how far back they reach", () => {
  expect(say(events(31), false)).toMatch(/^31 events so far, back to .*12:30; more are coming …$/);
});

test("of very many events it is told where the newest end, and how to see the rest", () => {
  expect(say(events(31), true, true)).toMatch(new RegExp(`^The newest ${MOST_EVENTS.toLocaleString()} events, back to .*12:30\\. Choose a shorter window`));
});

test("all of them are counted", () => {
  expect([say(events(1), true), say(events(2), true)]).toEqual(["1 event", "2 events"]);
});

test("where there is none, it is told whether filters are why", () => {
  expect(say([], true)).toBe("No event in this window.");
  expect(say([], true, false, "?type=incident")).toBe("No event in this window passes the filters.");
});

test("a warning names its source once", () => {
  expect(warningText({ source: "apica", message: "slow" })).toBe("apica: slow");
  expect(warningText({ source: "apica", message: "apica can't be reached" })).toBe("apica can't be reached");
});
