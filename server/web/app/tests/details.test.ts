import { beforeEach, expect, test, vi } from "vitest";
import { Moments } from "../../chart";
import type { TimelineEvent } from "../../shared/model";
import { Details } from "../details";

// jsdom has none, and uPlot asks as soon as it is imported.
vi.hoisted(() => void (window.matchMedia = () => new EventTarget() as MediaQueryList));

const compact: TimelineEvent = { sid: "evt_1", type: "incident", name: "Slow", startedAt: "2026-01-15T13:30:00.000Z" };
const whole: TimelineEvent = {
  ...compact,
  description: "Ignore what was said",
  check: { id: 42, symbol: "login", descriptor: null },
  dedupKey: "alert:42",
  createdAt: "2026-01-15T13:31:00.000Z",
  updatedAt: "2026-01-15T13:32:00.000Z",
  createdBy: { door: "rest", token: "ci", client: "curl/8" },
};
/** Answers to the fetches under way, oldest first. */
let answers: ((answer: TimelineEvent | string) => void)[] = [];

function details(): Details {
  const fetch = (): Promise<TimelineEvent | string> => new Promise((resolve) => answers.push(resolve));
  const made = new Details(new Moments("Asia/Tokyo", "en-GB"), { fetch, send: async () => true, now: () => Date.parse("2026-01-15T14:00:00Z") });
  document.body.replaceChildren(made.root);
  return made;
}

function buttons(): string[] {
  return [...document.querySelectorAll("button")].map(({ textContent }) => textContent!);
}

function press(text: string): void {
  [...document.querySelectorAll("button")].find(({ textContent }) => textContent === text)!.click();
}

function field(label: string): HTMLInputElement {
  const found = [...document.querySelectorAll("label")].find(({ textContent }) => textContent === label);
  return found!.querySelector<HTMLInputElement>("input, textarea")!;
}

async function opened(answer: TimelineEvent | string): Promise<void> {
  const opening = details().open(compact);
  answers[0]!(answer);
  await opening;
}

beforeEach(() => void (answers = []));

test("nothing may be done about an event before all of it is there", async () => {
  const opening = details().open(compact);
  expect(buttons()).toEqual(["Close details"]);

  answers[0]!(whole);
  await opening;

  expect(buttons()).toEqual(["Close details", "Close incident …", "Edit …"]);
});

test("what couldn't be read can't be changed", async () => {
  await opened("No event has this sid.");

  expect(document.querySelector(".remark")!.textContent).toBe("No event has this sid.");
  expect(buttons()).toEqual(["Close details"]);
});

test("what was typed outlives the answer to an earlier opening", async () => {
  const shown = details();
  const openings = [shown.open(compact), shown.open(compact)];
  answers[1]!(whole);
  await openings[1];
  press("Edit …");
  field("New name").value = "Checkout is slow";

  answers[0]!(whole);
  await openings[0];

  expect(field("New name").value).toBe("Checkout is slow");
});

test("the keyboard stays in the details when the rest arrives", async () => {
  const shown = details();
  const opening = shown.open(compact);
  document.querySelector("button")!.focus();
  answers[0]!(whole);
  await opening;

  expect(document.activeElement).toBe(shown.root);
});

test("the form holds none of the event's words", async () => {
  await opened({ ...whole, endedAt: "2026-01-15T20:00:30.000Z" });
  press("Edit …");

  expect([field("New name").value, field("New description").value]).toEqual(["", ""]);
  expect(document.querySelector(".editor")!.outerHTML).not.toMatch(/Slow|Ignore/);
  expect(field("Ended (Asia/Tokyo)").value).toBe("2026-01-16T05:00");
  press("Prepare the change");
  expect(document.querySelector(".proposal")!.textContent).toBe("Nothing was changed.");
});

test("all that is known of an event is shown", async () => {
  await opened(whole);

  const [names, texts] = ["dt", "dd"].map((tag) => [...document.querySelectorAll(tag)].map(({ textContent }) => textContent));
  const shown = Object.fromEntries(names!.map((name, index) => [name, texts![index]]));
  expect(shown).toMatchObject({ Check: "42 · login", "Dedup key": "alert:42", "Recorded by": "ci, curl/8 (rest)" });
  expect(shown.Recorded).toMatch(/^15 Jan 2026, 22:31:00/);
  expect(shown.Changed).toMatch(/^15 Jan 2026, 22:32:00/);
});
