// The measures that all plots share, so that a moment lies at the same pixel in each.

export interface Frame {
  width: number;
  left: number;
  right: number;
  height: number;
}

const NARROW = 560;
export const TIME_AXIS_PIXELS = 40;
const BARE_PIXELS = 64;

/** For a chart of that width; `curves` whether there is anything but events, `share` whether an axis on the right is needed. */
export function frameFor(width: number, curves: boolean, share: boolean): Frame {
  const narrow = width < NARROW;
  if (!curves) return { width, left: 16, right: 16, height: BARE_PIXELS };
  const right = narrow || !share ? 16 : 52;
  return { width, left: narrow ? 52 : 60, right, height: narrow ? 120 : 170 };
}

/** Whether the right edge has room for an axis of its own. */
export function hasRightAxis(frame: Frame): boolean {
  return frame.right > 16;
}

export function plotWidth(frame: Frame): number {
  return Math.max(1, frame.width - frame.left - frame.right);
}
