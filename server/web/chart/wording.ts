// Events in words: for the tooltip, for names of marks, for who can't see the picture.
import { EVENT_LOOK, GRAVEST_FIRST } from "./look";
import type { Mark } from "./marks";
import { duration, utc, type Moments } from "./moments";
import type { PlacedEvent } from "./placed-events";

/** `3 incidents, 1 deployment`. */
export function counted(counts: readonly number[]): string {
  return GRAVEST_FIRST.map((type, index) => amount(counts[index] ?? 0, EVENT_LOOK[type].label.toLowerCase()))
    .filter(Boolean)
    .join(", ");
}

function amount(count: number, kind: string): string {
  if (count === 0) return "";
  return `${count} ${kind === "custom" ? "custom event" : kind}${count === 1 ? "" : "s"}`;
}

/** The accessible name of a mark. */
export function markName({ events, counts, earlier }: Mark, moments: Moments): string {
  const before = earlier ? ", began before this window" : "";
  const [first] = events;
  if (events.length === 1) {
    const { event } = first!;
    return `${EVENT_LOOK[event.type].label}: ${event.name}, ${moments.short(first!.start)}${ending(first!)}${before}`;
  }
  const last = events.at(-1)!;
  return `${events.length} events, ${moments.short(first!.start)} to ${moments.short(last.start)}: ${counted(counts)}${before}`;
}

function ending({ start, end }: PlacedEvent): string {
  if (end === Infinity) return ", ongoing";
  return end > start ? `, lasted ${duration(end - start)}` : "";
}

/** When an event was, a line each: the viewer's zone, UTC, and how long it took. */
export function spanLines({ start, end }: PlacedEvent, moments: Moments, now: number): string[] {
  const lines = [moments.full(start), utc(start)];
  if (end === Infinity) lines.push(`ongoing for ${duration(Math.max(0, now - start))}`);
  else if (end > start) lines.push(`until ${moments.full(end)} (${duration(end - start)})`);
  return lines;
}
