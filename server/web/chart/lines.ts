// The vertical lines of events: one a pixel. Where many crowd they grow pale, then short, so that the curves stay readable.
import type { EventType } from "../shared/model";
import type { Mark } from "./marks";
import type { TimeAxis } from "./time-axis";

export interface Line {
  x: number;
  type: EventType;
  alpha: number;
  /** A tick at the top of the plot only. */
  short: boolean;
  mark: Mark;
}

const UNCROWDED = 3;
const CROWDED = 12;
const FULL = 0.85;

export function linesOf(marks: readonly Mark[], axis: TimeAxis): Line[] {
  return marks.filter((mark) => !mark.earlier).flatMap((mark) => linesOfMark(mark, axis));
}

/** Its events come in the order of time, so those of one pixel follow each other. */
function linesOfMark(mark: Mark, axis: TimeAxis): Line[] {
  const lines: Line[] = [];
  let column = NaN;
  let rank = 0;
  for (const placed of mark.events) {
    const x = axis.x(placed.start);
    const same = Math.round(x) === column;
    if (same && placed.rank >= rank) continue;
    if (same) lines.pop();
    lines.push({ x, type: placed.event.type, alpha: FULL, short: false, mark });
    column = Math.round(x);
    rank = placed.rank;
  }
  return eased(lines);
}

function eased(lines: Line[]): Line[] {
  if (lines.length <= UNCROWDED) return lines;
  const short = lines.length > CROWDED;
  return lines.map((line) => ({ ...line, short, alpha: short ? FULL : (FULL * UNCROWDED) / lines.length }));
}

/** The line nearest to `x`, if it is no further away than `within` pixels. */
export function nearestLine(lines: readonly Line[], x: number, within: number): Line | null {
  let nearest: Line | null = null;
  let distance = within;
  for (const line of lines) {
    const away = Math.abs(line.x - x);
    if (away <= distance) {
      nearest = line;
      distance = away;
    }
  }
  return nearest;
}
