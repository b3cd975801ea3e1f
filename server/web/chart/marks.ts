// Which events share a mark, since fingers and eyes need room: a mark for each place, whatever lies there.
import type { EventType } from "../shared/model";
import { GRAVEST_FIRST } from "./look";
import type { PlacedEvent, Visible } from "./placed-events";
import type { TimeAxis } from "./time-axis";

/** Pixels that a mark has to itself: the least that WCAG 2.2 asks of a target. */
export const MARK_PIXELS = 24;

/**
 * `x` is where the one event is, or the middle of several. `counts` are those of the types, gravest first.
 * `earlier` ones began before the window, so they stand at its edge.
 */
export interface Mark {
  x: number;
  events: PlacedEvent[];
  counts: number[];
  earlier: boolean;
}

/** The marks from left to right; the centres of no two of them are closer than `MARK_PIXELS`, but for the `earlier` one. */
export function marksOf({ earlier, within }: Visible, axis: TimeAxis): Mark[] {
  const marks: Mark[] = [];
  if (earlier.length) {
    const mark = emptyMark(0, true);
    for (const placed of earlier) add(mark, placed);
    marks.push(mark);
  }
  let mark = emptyMark(-Infinity, false);
  let first = 0;
  for (const placed of within) {
    const x = axis.x(placed.start);
    if (x - mark.x >= MARK_PIXELS) {
      first = x;
      mark = emptyMark(x, false);
      marks.push(mark);
    }
    add(mark, placed);
    mark.x = (first + x) / 2;
  }
  return marks;
}

function emptyMark(x: number, earlier: boolean): Mark {
  return { x, events: [], counts: GRAVEST_FIRST.map(() => 0), earlier };
}

function add(mark: Mark, placed: PlacedEvent): void {
  mark.events.push(placed);
  mark.counts[placed.rank]!++;
}

/** The type that gives the mark its look. */
export function gravest({ counts }: Mark): EventType {
  return GRAVEST_FIRST[counts.findIndex((count) => count > 0)] ?? "custom";
}
