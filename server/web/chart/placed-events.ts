// Events in the order of time, with what is needed to find those of a window fast.
import type { TimelineEvent } from "../shared/model";
import { GRAVEST_FIRST } from "./look";

/** `end` is `start` for a point, and infinite for an ongoing incident. `rank` is 0 for the gravest type. */
export interface PlacedEvent {
  event: TimelineEvent;
  start: number;
  end: number;
  rank: number;
}

export interface Visible {
  /** Began before the window and reach into it, oldest first. */
  earlier: PlacedEvent[];
  /** Began in the window, oldest first. */
  within: PlacedEvent[];
}

export class PlacedEvents {
  readonly #placed: PlacedEvent[];
  /** Of each event the latest end of all up to it, so that a search backwards knows when to stop. */
  readonly #reach: Float64Array;

  constructor(events: readonly TimelineEvent[]) {
    this.#placed = events.map(place).filter(({ start }) => !Number.isNaN(start));
    this.#placed.sort((one, other) => one.start - other.start);
    this.#reach = new Float64Array(this.#placed.length);
    let reach = -Infinity;
    this.#placed.forEach(({ end }, index) => {
      reach = Math.max(reach, end);
      this.#reach[index] = reach;
    });
  }

  visible(from: number, to: number): Visible {
    const first = this.#firstFrom(from);
    return { earlier: this.#reaching(first, from), within: this.#placed.slice(first, this.#firstFrom(to + 1)) };
  }

  #reaching(before: number, from: number): PlacedEvent[] {
    const earlier: PlacedEvent[] = [];
    for (let index = before - 1; index >= 0 && this.#reach[index]! >= from; index--) {
      const placed = this.#placed[index]!;
      if (placed.end >= from) earlier.push(placed);
    }
    return earlier.reverse();
  }

  /** The index of the first event that starts at that moment or later. */
  #firstFrom(moment: number): number {
    let low = 0;
    let high = this.#placed.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#placed[middle]!.start < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const RANKS: Record<string, number> = Object.fromEntries(GRAVEST_FIRST.map((type, rank) => [type, rank]));

function place(event: TimelineEvent): PlacedEvent {
  const start = Date.parse(event.startedAt);
  const open = event.type === "incident" ? Infinity : start;
  return { event, start, end: event.endedAt ? Date.parse(event.endedAt) : open, rank: RANKS[event.type] ?? 0 };
}
