// The plots below each other, rebuilt only when something changes that uPlot fixes at its making.
import type { Charts } from "../shared/model";
import { Calm } from "./calm";
import { readColors } from "./colors";
import type { Drawn } from "./drawing";
import { frameFor, type Frame } from "./frame";
import type { Moments } from "./moments";
import { Plot } from "./plot";
import { momentsOf, plotModels, type PlotModel } from "./plot-model";
import type { TimeAxis } from "./time-axis";
import type { Theme } from "./timeline";

const BARE: PlotModel = { title: "", unit: "ratio", curves: [] };

export class Stage {
  #plots: Plot[] = [];
  #models: PlotModel[] = [];
  #times: number[] = [];
  #key = "";
  #loaded = false;
  readonly #calm = new Calm();

  constructor(
    readonly host: HTMLElement,
    readonly above: HTMLElement,
    readonly moments: Moments,
    readonly drawn: () => Drawn,
  ) {}

  get models(): readonly PlotModel[] {
    return this.#models;
  }

  load(charts: Charts | null): void {
    this.#models = plotModels(charts);
    this.#times = momentsOf(charts);
    this.#loaded = true;
  }

  frame(width: number): Frame {
    const curves = this.#models.flatMap((model) => model.curves);
    return frameFor(width, this.#models.length > 0, curves.some(({ scale }) => scale === "share"));
  }

  /** Show the values that were loaded. */
  fill(frame: Frame, axis: TimeAxis, theme: Theme): void {
    const models = this.#models.length ? this.#models : [BARE];
    const key = JSON.stringify([frame, theme, models.map(({ curves }) => curves.map(({ label }) => label))]);
    if (key !== this.#key) this.#build(models, frame, axis, theme);
    else if (this.#loaded) models.forEach((model, index) => this.#plots[index]!.update(model, this.#times, axis));
    else this.show(axis);
    this.#key = key;
    this.#loaded = false;
  }

  /** Another window. While it moves, curves are hairlines: without a graphics card those take half the time of all drawing. */
  show(axis: TimeAxis): void {
    const rests = this.#calm.do(() => this.#thin(false));
    if (!rests) this.#thin(true);
    for (const plot of this.#plots) plot.show(axis);
  }

  redraw(): void {
    for (const plot of this.#plots) plot.redraw();
  }

  point(x: number | null): void {
    for (const plot of this.#plots) plot.point(x);
  }

  destroy(): void {
    this.#calm.cancel();
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
    this.#key = "";
  }

  #thin(thin: boolean): void {
    for (const plot of this.#plots) plot.thin(thin);
    if (!thin) this.redraw();
  }

  #build(models: readonly PlotModel[], frame: Frame, axis: TimeAxis, theme: Theme): void {
    this.destroy();
    const common = { frame, theme, colors: readColors(this.host), moments: this.moments, drawn: this.drawn };
    this.#plots = models.map((model, index) => {
      const showsTimes = index === models.length - 1;
      return new Plot(model, this.#times, axis, { ...common, showsTimes });
    });
    const [first, ...rest] = this.#plots;
    this.above.replaceChildren(...(this.#models.length ? [first!.heading] : []));
    this.host.replaceChildren(first!.canvas, ...rest.flatMap(({ heading, canvas }) => [heading, canvas]));
  }
}
