// What of the events is visible in one window, worked out once for both plots and the marks above them.
import { bandsOf, type Band } from "./bands";
import { linesOf, type Line } from "./lines";
import { marksOf, type Mark } from "./marks";
import type { PlacedEvents } from "./placed-events";
import { TimeAxis } from "./time-axis";

export interface Scene {
  axis: TimeAxis;
  marks: Mark[];
  lines: Line[];
  bands: Band[];
}

export const EMPTY_SCENE: Scene = { axis: new TimeAxis(0, 1, 1), marks: [], lines: [], bands: [] };

export function sceneOf(events: PlacedEvents, axis: TimeAxis, now: number): Scene {
  const visible = events.visible(axis.start, axis.end);
  const marks = marksOf(visible, axis);
  return { axis, marks, lines: linesOf(marks, axis), bands: bandsOf(visible, axis, now) };
}
