// Draws events into a plot's canvas: bands under the curves, lines over them.
import uPlot from "uplot";
import type { Line } from "./lines";
import { EVENT_LOOK } from "./look";
import type { Mark } from "./marks";
import type { Scene } from "./scene";
import type { Theme } from "./timeline";

const BAND_ALPHA = 0.13;
const EDGE_PIXELS = 2;
const ARROW_PIXELS = 5;
const TICK_PIXELS = 9;

/** What is drawn: replaced whenever the window or the events change. */
export interface Drawn {
  scene: Scene;
  theme: Theme;
  highlighted: Mark | null;
}


export function drawBands(plot: uPlot, { scene, theme }: Drawn): void {
  inPlot(plot, (context, height) => {
    for (const { from, to, type, open, crowded } of scene.bands) {
      context.fillStyle = context.strokeStyle = EVENT_LOOK[type].color[theme];
      context.globalAlpha = BAND_ALPHA;
      if (!crowded) context.fillRect(from, 0, to - from, height);
      context.globalAlpha = 0.8;
      context.fillRect(from, 0, to - from, EDGE_PIXELS);
      if (open) drawArrow(context, to, height / 2);
    }
  });
}

export function drawLines(plot: uPlot, drawn: Drawn): void {
  inPlot(plot, (context, height) => {
    for (const lines of alike(drawn.scene.lines)) drawAlike(context, lines, height, drawn);
  });
}

/** Lines that are drawn the same way, together: setting up the pen costs more than drawing. */
function alike(lines: readonly Line[]): Iterable<Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const key = line.short ? line.type : `${line.type} ${line.alpha} ${line.mark.x}`;
    const group = groups.get(key);
    if (group) group.push(line);
    else groups.set(key, [line]);
  }
  return groups.values();
}

function drawAlike(context: CanvasRenderingContext2D, lines: Line[], height: number, drawn: Drawn): void {
  const { type, alpha, short } = lines[0]!;
  context.fillStyle = context.strokeStyle = EVENT_LOOK[type].color[drawn.theme];
  context.globalAlpha = alpha;
  if (short) drawTicks(context, lines);
  else drawWhole(context, lines, height, drawn);
}

/** Whole pixels, which are filled many times faster than lines are stroked; neighbours in one go. */
function drawTicks(context: CanvasRenderingContext2D, lines: readonly Line[]): void {
  let from = NaN;
  let to = NaN;
  for (const { x } of lines) {
    const at = Math.round(x);
    if (at !== to) {
      context.fillRect(from, 0, to - from, TICK_PIXELS);
      from = at;
    }
    to = at + 1;
  }
  context.fillRect(from, 0, to - from, TICK_PIXELS);
}

function drawWhole(context: CanvasRenderingContext2D, lines: readonly Line[], height: number, { highlighted }: Drawn): void {
  const { type, alpha, mark } = lines[0]!;
  const strong = mark === highlighted;
  context.globalAlpha = strong ? 1 : alpha;
  const width = strong ? 3 : type === "incident" ? 2 : 1;
  context.lineWidth = width;
  context.setLineDash(EVENT_LOOK[type].dash);
  context.beginPath();
  for (const { x } of lines) {
    const sharp = width % 2 ? Math.floor(x) + 0.5 : Math.round(x);
    context.moveTo(sharp, 0);
    context.lineTo(sharp, height);
  }
  context.stroke();
}

/** Where a band goes on: an arrow at its end instead of a border. */
function drawArrow(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.beginPath();
  context.moveTo(x - ARROW_PIXELS, y - ARROW_PIXELS);
  context.lineTo(x + 1, y);
  context.lineTo(x - ARROW_PIXELS, y + ARROW_PIXELS);
  context.fill();
}

function inPlot(plot: uPlot, draw: (context: CanvasRenderingContext2D, height: number) => void): void {
  const { ctx: context, bbox } = plot;
  const ratio = uPlot.pxRatio;
  context.save();
  context.beginPath();
  context.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  context.clip();
  context.translate(bbox.left, bbox.top);
  context.scale(ratio, ratio);
  draw(context, bbox.height / ratio);
  context.restore();
}
