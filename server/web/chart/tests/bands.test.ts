import { expect, test } from "vitest";
import { bandsOf } from "../bands";
import { at, event, HOUR, visible } from "./samples";

const now = at(50);

test("a span is a band from its start to its end, cut off at the window's edges", () => {
  const bands = bandsOf(visible(event("a", "custom", -10, 5), event("b", "custom", 20, 30), event("c", "custom", 55, 90)), HOUR, now);

  expect(bands.map(({ from, to }) => [from, to])).toEqual([[0, 50], [200, 300], [550, 600]]);
});

test("an ongoing incident is open and reaches to now", () => {
  const [band] = bandsOf(visible(event("a", "incident", 40)), HOUR, now);

  expect(band).toMatchObject({ from: 400, to: 500, open: true });
});

test("bands of one type that overlap are one; of two types they are two, the graver one on top", () => {
  const bands = bandsOf(
    visible(event("a", "incident", 10, 20), event("b", "incident", 15, 30), event("c", "deployment", 12, 14)),
    HOUR,
    now,
  );

  expect(bands.map(({ type, from, to }) => [type, from, to])).toEqual([["deployment", 120, 140], ["incident", 100, 300]]);
});

test("a closed incident within an ongoing one leaves it open", () => {
  const [band] = bandsOf(visible(event("a", "incident", 10), event("b", "incident", 15, 30)), HOUR, now);

  expect(band).toMatchObject({ from: 100, to: 500, open: true });
});

test("a band of very many events is no longer filled", () => {
  const events = Array.from({ length: 20 }, (_, index) => event(`${index}`, "scale", index, index + 5));

  expect(bandsOf(visible(...events), HOUR, now).map(({ crowded }) => crowded)).toEqual([true]);
});

test("points and what is too short to see are no bands", () => {
  expect(bandsOf(visible(event("a", "deployment", 10), event("b", "custom", 20, 20.1)), HOUR, now)).toEqual([]);
});
