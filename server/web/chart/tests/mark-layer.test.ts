import { beforeEach, expect, test, vi } from "vitest";
import { MarkLayer } from "../mark-layer";
import { marksOf } from "../marks";
import { Moments } from "../moments";
import { event, HOUR, visible } from "./samples";

const told = { onPoint: vi.fn(), onLeave: vi.fn(), onActivate: vi.fn(), onKey: vi.fn() };
const moments = new Moments("UTC", "en-GB");
const events = [event("a", "deployment", 10, undefined, "v2.3.1"), event("b", "incident", 20), event("c", "scale", 20.5), event("d", "custom", 40, 45)];
let layer: MarkLayer;

beforeEach(() => {
  vi.clearAllMocks();
  layer = new MarkLayer(moments, told);
  document.body.replaceChildren(layer.root);
  layer.show(marksOf(visible(...events), HOUR));
});

const buttons = () => [...layer.root.querySelectorAll("button")];
const press = (key: string) => document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

test("each mark is a button that says what it stands for", () => {
  expect(buttons().map((button) => button.getAttribute("aria-label"))).toEqual([
    "Deployment: v2.3.1, 15 Jan, 13:10",
    "2 events, 15 Jan, 13:20 to 15 Jan, 13:20: 1 incident, 1 scale",
    "Custom: d, 15 Jan, 13:40, lasted 5 min",
  ]);
  expect(buttons().map(({ style, dataset }) => [style.left, dataset.sid, dataset.sids])).toEqual([
    ["100px", "a", "a"],
    ["202.5px", "b", "b c"],
    ["400px", "d", "d"],
  ]);
});

test("one mark can be tabbed to, and arrows lead to the others", () => {
  expect(buttons().map(({ tabIndex }) => tabIndex)).toEqual([0, -1, -1]);

  buttons()[0]!.focus();
  press("ArrowRight");
  expect(document.activeElement).toBe(buttons()[1]);
  press("End");
  expect(document.activeElement).toBe(buttons()[2]);
  press("ArrowLeft");

  expect(document.activeElement).toBe(buttons()[1]);
  expect(buttons().map(({ tabIndex }) => tabIndex)).toEqual([-1, 0, -1]);
});

test("the focus stays with its event when the window moves", () => {
  buttons()[2]!.focus();

  layer.show(marksOf(visible(...events.slice(1)), HOUR));

  expect((document.activeElement as HTMLElement).style.left).toBe("400px");
});

test("a click opens, focus points, other keys are passed on", () => {
  buttons()[0]!.focus();
  buttons()[0]!.click();
  press("+");

  expect(told.onPoint.mock.calls[0]![0].events[0].event.sid).toBe("a");
  expect(told.onActivate.mock.calls[0]![0].events[0].event.sid).toBe("a");
  expect(told.onKey.mock.calls[0]![0].key).toBe("+");
});

test("without events the keys of the chart still have a place", () => {
  layer.show([]);

  expect(layer.root.tabIndex).toBe(0);
});

test.each([[2, "2"], [999, "999"], [1_449, "1.4k"], [2_000, "2k"], [9_999, "9.9k"], [12_900, "12k"]])("%i events at one mark are written as %s", (count, written) => {
  layer.show(marksOf(visible(...Array.from({ length: count }, (_, number) => event(`${number}`, "scale", 30))), HOUR));
  expect(buttons().map((button) => button.textContent)).toEqual([written]);
});
