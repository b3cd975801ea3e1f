// How uPlot is set up for one of the plots. Pointer and keyboard are ours: see `pointer-area.ts`.
import uPlot from "uplot";
import type { Colors } from "./colors";
import { drawBands, drawLines, type Drawn } from "./drawing";
import { hasRightAxis, TIME_AXIS_PIXELS, type Frame } from "./frame";
import type { Moments } from "./moments";
import type { Curve, PlotModel } from "./plot-model";
import type { Theme } from "./timeline";
import { shownValue } from "./values";

export interface PlotSetting {
  frame: Frame;
  theme: Theme;
  colors: Colors;
  moments: Moments;
  /** Only the lowest plot writes the times; they hold for all. */
  showsTimes: boolean;
  drawn: () => Drawn;
}

const FONT = "11px system-ui, sans-serif";
const SMALLEST_SHARE = 0.01;
const AREA_ALPHA = "cc";
const MOST_KNOWN = 500;

export function plotOptions(model: PlotModel, setting: PlotSetting): uPlot.Options {
  const { frame, drawn, moments } = setting;
  return {
    width: frame.width,
    height: frame.height + (setting.showsTimes ? TIME_AXIS_PIXELS : 0),
    ms: 1,
    ...(moments.timeZone ? { tzDate: inZone(moments.timeZone) } : {}),
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
    padding: [6, hasShareAxis(model, frame) ? 0 : frame.right, setting.showsTimes ? 0 : 8, model.curves.length ? 0 : frame.left],
    scales: {
      x: { time: true, auto: false },
      y: { range: (_, __, max) => [0, max ? max * 1.08 : 1] },
      share: { range: (_, __, max) => [0, Math.max(SMALLEST_SHARE, (max ?? 0) * 1.15)] },
    },
    axes: axes(model, setting),
    series: [{}, ...model.curves.map((curve) => series(curve, setting.theme))],
    bands: model.curves.flatMap(({ stacked }, index) => (stacked && index > 0 ? [{ series: [index + 1, index] }] : [])),
    hooks: {
      drawClear: [(plot) => drawBands(plot, drawn())],
      draw: [(plot) => drawLines(plot, drawn())],
    },
  };
}

function series(curve: Curve, theme: Theme): uPlot.Series {
  const color = curve.look.color[theme];
  return {
    label: curve.label,
    scale: curve.scale,
    stroke: color,
    width: curve.look.width,
    dash: curve.look.dash,
    points: { show: false },
    ...(curve.stacked ? { fill: color + AREA_ALPHA } : {}),
  };
}

function axes(model: PlotModel, setting: PlotSetting): uPlot.Axis[] {
  const values = model.curves.length ? valueAxis(model, setting) : { show: false };
  return [timeAxis(setting), values, ...(hasShareAxis(model, setting.frame) ? [shareAxis(setting)] : [])];
}

function hasShareAxis({ curves }: PlotModel, frame: Frame): boolean {
  return hasRightAxis(frame) && curves.some(({ scale }) => scale === "share");
}

/** uPlot asks for the same moments again and again, and each costs what formatting a date does. */
function inZone(timeZone: string): uPlot.LocalDateFromUnix {
  const known = new Map<number, Date>();
  return (at) => {
    if (known.size > MOST_KNOWN) known.clear();
    const date = known.get(at) ?? uPlot.tzDate(new Date(at), timeZone);
    known.set(at, date);
    return date;
  };
}

function timeAxis({ showsTimes, colors, moments }: PlotSetting): uPlot.Axis {
  return {
    ...lines(colors),
    space: 72,
    size: showsTimes ? TIME_AXIS_PIXELS : 0,
    gap: showsTimes ? 4 : 0,
    ticks: { show: showsTimes, stroke: colors.grid, size: 5 },
    values: (_, splits, __, ___, step) => (showsTimes ? moments.ticks(splits, step) : splits.map(() => "")),
  };
}

function valueAxis(model: PlotModel, { frame, colors }: PlotSetting): uPlot.Axis {
  return {
    ...lines(colors),
    scale: "y",
    size: frame.left,
    space: 34,
    values: (_, splits) => splits.map((value) => shownValue(value, model.unit)),
  };
}

function shareAxis({ frame, colors }: PlotSetting): uPlot.Axis {
  return {
    ...lines(colors),
    scale: "share",
    side: 1,
    size: frame.right,
    space: 34,
    grid: { show: false },
    values: (_, splits) => splits.map((value) => shownValue(value, "ratio")),
  };
}

function lines({ muted, grid }: Colors): uPlot.Axis {
  return {
    stroke: muted,
    font: FONT,
    gap: 6,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
  };
}
