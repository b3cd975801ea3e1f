import { beforeEach, expect, test, vi } from "vitest";
import { marksOf } from "../marks";
import { Moments } from "../moments";
import { Tooltip } from "../tooltip";
import { at, event, HOUR, visible } from "./samples";

const HOSTILE = '"><img src=x onerror=alert(1)>';
const moments = new Moments("Europe/Berlin", "en-GB");
const told = { onOpen: vi.fn(), onZoom: vi.fn(), onClose: vi.fn(() => tooltip.hide()) };
let tooltip: Tooltip;
let owner: HTMLButtonElement;

beforeEach(() => {
  vi.clearAllMocks();
  tooltip = new Tooltip(moments, told);
  owner = document.createElement("button");
  document.body.replaceChildren(owner, tooltip.root);
});

const markOf = (...events: Parameters<typeof visible>) => marksOf(visible(...events), HOUR)[0]!;

test("one event is told with its time in the viewer's zone and in UTC", () => {
  tooltip.tell(markOf(event("a", "incident", 10, undefined, "Checkout is slow")), owner, at(40));

  expect(tooltip.root.textContent).toContain("Checkout is slow");
  expect(tooltip.root.textContent).toContain("15 Jan 2026, 14:10:00");
  expect(tooltip.root.textContent).toContain("2026-01-15 13:10:00 UTC");
  expect(tooltip.root.textContent).toContain("ongoing for 30 min");
  expect(owner.getAttribute("aria-describedby")).toBe(tooltip.root.id);
});

test("what an event holds is never markup", () => {
  const hostile = {
    ...event("x", "custom", 10, undefined, HOSTILE),
    source: HOSTILE,
    description: HOSTILE,
    bucketSids: [HOSTILE],
    environmentSids: [HOSTILE],
  };

  tooltip.tell(markOf(hostile), owner, at(40));
  expect(tooltip.root.querySelector("img")).toBeNull();
  expect(tooltip.root.textContent!.split(HOSTILE)).toHaveLength(6);

  tooltip.choose(markOf(hostile, { ...hostile, sid: "y" }), owner);
  expect(tooltip.root.querySelector("img")).toBeNull();
});

test("where it applies to is told by name, and of many places how many more", () => {
  tooltip = new Tooltip(moments, told, (sid) => `name of ${sid}`);
  document.body.append(tooltip.root);
  const bucketSids = Array.from({ length: 9 }, (_, number) => `bkt_${number}`);

  tooltip.tell(markOf({ ...event("a", "custom", 10), bucketSids, environmentSids: ["env_1"] }), owner, at(40));

  expect(tooltip.root.textContent).toContain("name of bkt_5 and 3 more, name of env_1");
  expect(tooltip.root.textContent).not.toContain("bkt_6");
});

test("of several the newest are told, and the rest is counted", () => {
  const events = Array.from({ length: 9 }, (_, index) => event(`e${index}`, "deployment", 10 + index / 10));

  tooltip.tell(markOf(...events), owner, at(40));

  expect(tooltip.root.textContent).toContain("9 deployments");
  expect(tooltip.root.textContent).toContain("e8");
  expect(tooltip.root.textContent).toContain("and 4 more");
});

test("where not all have room the gravest come first", () => {
  const others = Array.from({ length: 60 }, (_, index) => event(`e${index}`, "deployment", 10 + index / 100));
  const mark = markOf(event("grave", "incident", 9.9), ...others);

  tooltip.tell(mark, owner, at(40));
  expect(tooltip.root.querySelector(".timeline-row")!.textContent).toContain("grave");

  tooltip.choose(mark, owner);
  expect(tooltip.root.textContent).toContain("50 of 61 events, the gravest first");
  expect(tooltip.root.querySelector("button")!.textContent).toContain("grave");
});

test("one of several is chosen from a list, which Escape leaves for the mark", () => {
  tooltip.choose(markOf(event("a", "scale", 10), event("b", "scale", 11)), owner);
  const choices = [...tooltip.root.querySelectorAll("button")];
  expect(choices.map(({ textContent }) => textContent)).toEqual(["bScale15 Jan, 14:11", "aScale15 Jan, 14:10", "Zoom in on these"]);
  expect(document.activeElement).toBe(choices[0]);

  choices[0]!.click();
  expect(told.onOpen.mock.calls[0]![0].sid).toBe("b");
  choices[2]!.click();
  expect(told.onZoom).toHaveBeenCalledOnce();
  choices[0]!.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));

  expect(tooltip.root.hidden).toBe(true);
  expect(document.activeElement).toBe(owner);
});
