// The whole picture in a few sentences, for who can't see it.
import { GRAVEST_FIRST } from "./look";
import { duration, type Moments } from "./moments";
import type { PlotModel } from "./plot-model";
import type { Scene } from "./scene";
import { shownValue } from "./values";
import { counted } from "./wording";

export function summaryOf({ axis, marks }: Scene, models: readonly PlotModel[], moments: Moments): string {
  const counts = GRAVEST_FIRST.map((_, rank) => total(marks.map((mark) => mark.counts[rank] ?? 0)));
  const events = total(counts);
  const ongoing = total(marks.map((mark) => mark.events.filter(({ end }) => end === Infinity).length));
  return [
    `${duration(axis.end - axis.start)} from ${moments.full(axis.start)} to ${moments.full(axis.end)}.`,
    events ? `${events} events: ${counted(counts)}${ongoing ? `, ${ongoing} ongoing` : ""}.` : "No events.",
    ...models.flatMap(({ curves }) => curves).map(({ label, unit, values }) => {
      const measured = values.filter((value) => value !== null);
      if (!measured.length) return `${label}: nothing measured.`;
      const [low, high] = measured.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
      return `${label}: ${shownValue(low, unit)} to ${shownValue(high, unit)}.`;
    }),
  ].join(" ");
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
