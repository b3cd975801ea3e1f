// The bands of events that last: what overlaps in one type is one band, so that many of them don't turn into a wall.
import type { EventType } from "../shared/model";
import { GRAVEST_FIRST } from "./look";
import type { PlacedEvent, Visible } from "./placed-events";
import type { TimeAxis } from "./time-axis";

/** In pixels. `open` where it goes on: an incident that has no end yet. `crowded` ones are only an edge, not an area. */
export interface Band {
  from: number;
  to: number;
  type: EventType;
  open: boolean;
  crowded: boolean;
}

/** What is narrower is a line only. */
const NARROWEST = 2;
/** Events that one band may stand for before it says no more than that there is always something. */
const MOST_IN_BAND = 12;

export function bandsOf({ earlier, within }: Visible, axis: TimeAxis, now: number): Band[] {
  const last = new Map<EventType, Band>();
  const joined = new Map<Band, number>();
  for (const placed of [...earlier, ...within]) {
    const band = bandOf(placed, axis, now);
    if (!band) continue;
    const before = last.get(band.type);
    if (before && band.from <= before.to) {
      joined.set(join(before, band), joined.get(before)! + 1);
    } else {
      joined.set(band, 1);
      last.set(band.type, band);
    }
  }
  for (const [band, count] of joined) band.crowded = count > MOST_IN_BAND;
  // The gravest are drawn last, over the others.
  return [...joined.keys()].sort((one, other) => GRAVEST_FIRST.indexOf(other.type) - GRAVEST_FIRST.indexOf(one.type));
}

/** The first of two, made to reach as far as both. */
function join(band: Band, other: Band): Band {
  if (other.to >= band.to) band.open = other.open || (other.to === band.to && band.open);
  band.to = Math.max(band.to, other.to);
  return band;
}

function bandOf({ event, start, end }: PlacedEvent, axis: TimeAxis, now: number): Band | null {
  const open = end === Infinity;
  const from = Math.max(0, axis.x(start));
  const to = Math.min(axis.width, axis.x(open ? Math.max(now, start) : end));
  return to - from >= NARROWEST ? { from, to, type: event.type, open, crowded: false } : null;
}
