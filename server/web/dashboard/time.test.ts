import { expect, test } from "vitest";
import { fromLocalInput, fullTime, momentAndUtc, toLocalInput } from "./time";

const MOMENT = "2026-07-15T14:30:05.250Z";

test("a moment goes into a field of the viewer's zone and comes back to the second", () => {
  const written = toLocalInput(Date.parse(MOMENT));
  expect(written).toMatch(/^2026-07-1[456]T\d\d:\d\d:05$/);
  expect(fromLocalInput(written)).toBe(Date.parse("2026-07-15T14:30:05Z"));
});

test("an empty field is no moment", () => {
  expect(fromLocalInput("")).toBeNull();
  expect(fromLocalInput("soon")).toBeNull();
});

test("UTC is at hand wherever a time is shown", () => {
  expect(fullTime(MOMENT)).toContain("2026-07-15 14:30:05.250 UTC");
  const shown = momentAndUtc(MOMENT, " by ci (rest)");
  expect(shown.textContent).toContain("2026-07-15 14:30:05 UTC by ci (rest)");
  expect(shown.querySelector("time")!.getAttribute("datetime")).toBe(MOMENT);
});
