import { expect, test } from "vitest";
import { PlacedEvents } from "../placed-events";
import { at, event, sids, visible } from "./samples";

test("events are found by the window in which they began, whatever order they came in", () => {
  const found = visible(event("c", "custom", 40), event("a", "custom", 0), event("late", "custom", 61), event("b", "custom", 60));

  expect(sids(found.within)).toEqual(["a", "c", "b"]);
});

test("events that reach into the window from before are found too", () => {
  const found = visible(
    event("over", "custom", -30, -10),
    event("reaching", "custom", -90, 5),
    event("touching", "custom", -5, 0),
    event("point", "deployment", -1),
    event("ongoing", "incident", -600),
  );

  expect(sids(found.earlier)).toEqual(["ongoing", "reaching", "touching"]);
});

test("only an incident without an end goes on", () => {
  const [incident, deployment] = visible(event("i", "incident", 1), event("d", "deployment", 2)).within;

  expect(incident!.end).toBe(Infinity);
  expect(deployment!.end).toBe(deployment!.start);
});

test("what is visible is what a look at every event finds", () => {
  const random = numbers(7);
  const events = Array.from({ length: 500 }, (_, index) => {
    const from = random() * 1000;
    return event(`${index}`, index % 20 ? "custom" : "incident", from, index % 3 ? from + random() * 90 : undefined);
  });
  const placed = new PlacedEvents(events);

  for (let round = 0; round < 50; round++) {
    const from = at(random() * 1000);
    const to = from + random() * 100 * 60_000;
    const found = placed.visible(from, to);
    const meant = events.filter(({ startedAt, endedAt, type }) => {
      const start = Date.parse(startedAt);
      const end = endedAt ? Date.parse(endedAt) : type === "incident" ? Infinity : start;
      return start <= to && end >= from;
    });
    expect(new Set(sids([...found.earlier, ...found.within]))).toEqual(new Set(meant.map(({ sid }) => sid)));
  }
});

test("an event whose time can't be read is left out", () => {
  expect(visible({ ...event("x", "custom", 1), startedAt: "soon" }).within).toEqual([]);
});

/** The same numbers in every run, 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}
