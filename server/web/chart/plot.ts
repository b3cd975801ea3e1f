// One plot with its heading and legend.
import uPlot from "uplot";
import { Legend } from "./legend";
import { plotOptions, type PlotSetting } from "./plot-options";
import type { Curve, PlotModel } from "./plot-model";
import type { TimeAxis } from "./time-axis";

const HAIRLINE_PIXELS = 1;

export class Plot {
  readonly heading: HTMLElement;
  readonly canvas: HTMLElement;
  readonly #legend: Legend;
  readonly #plot: uPlot;
  #curves: Curve[];

  constructor(model: PlotModel, moments: number[], axis: TimeAxis, setting: PlotSetting) {
    this.#curves = model.curves;
    this.#legend = new Legend(model, setting.theme);
    this.heading = this.#legend.root;
    this.canvas = document.createElement("div");
    this.canvas.className = "timeline-plot";
    this.canvas.setAttribute("aria-hidden", "true");
    this.#plot = new uPlot(plotOptions(model, setting), aligned(model, moments, axis), this.canvas);
    this.show(axis);
  }

  /** New values of the same curves. */
  update(model: PlotModel, moments: number[], axis: TimeAxis): void {
    this.#curves = model.curves;
    this.#plot.batch(() => {
      this.#plot.setData(aligned(model, moments, axis), false);
      this.show(axis);
    });
  }

  show({ start, end }: TimeAxis): void {
    this.#plot.setScale("x", { min: start, max: end });
  }

  /** Draw the curves as hairlines from now on, or as wide as they are meant to be. */
  thin(thin: boolean): void {
    this.#curves.forEach(({ look }, index) => (this.#plot.series[index + 1]!.width = thin ? HAIRLINE_PIXELS : look.width));
  }

  redraw(): void {
    this.#plot.redraw(false, false);
  }

  /** Point at a place across the plot, or at none. */
  point(x: number | null): void {
    this.#plot.setCursor({ left: x ?? -10, top: x === null ? -10 : 1 });
    const index = x === null || !this.#curves.length ? null : this.#plot.posToIdx(x);
    this.#legend.show(index === null ? [] : this.#curves.map(({ values }) => values[index]));
  }

  destroy(): void {
    this.#plot.destroy();
  }
}

/** uPlot draws its axes only where it has data, so where nothing is measured the window itself is it. */
function aligned(model: PlotModel, moments: number[], { start, end }: TimeAxis): uPlot.AlignedData {
  if (moments.length < 2) return [[start, end], ...model.curves.map(() => [null, null])];
  return [moments, ...model.curves.map(({ drawn }) => drawn)];
}
