// A plot's title and what its curves are; the values are those under the pointer.
import type { Curve, PlotModel } from "./plot-model";
import type { Theme } from "./timeline";
import { shownValue } from "./values";

export class Legend {
  readonly root = document.createElement("div");
  readonly #values: HTMLElement[];
  readonly #curves: Curve[];

  constructor({ title, curves }: PlotModel, theme: Theme) {
    this.#curves = curves;
    this.root.className = "timeline-heading";
    this.root.append(element("span", "timeline-title", title));
    const list = element("span", "timeline-legend", "");
    this.#values = curves.map((curve) => {
      const value = element("span", "timeline-value", "");
      const entry = element("span", "timeline-series", "");
      entry.append(swatch(curve, theme), curve.label, value);
      list.append(entry);
      return value;
    });
    if (!curves.length) list.textContent = "Nothing was measured in this window.";
    this.root.append(list);
  }

  show(values: readonly (number | null | undefined)[]): void {
    this.#values.forEach((shown, index) => {
      shown.textContent = values.length ? ` ${shownValue(values[index], this.#curves[index]!.unit)}` : "";
    });
  }
}

/** A piece of the curve itself: filled where it is an area, dashed as it is drawn. */
function swatch({ look, stacked }: Curve, theme: Theme): HTMLElement {
  const swatch = element("span", "timeline-swatch", "");
  const kind = stacked ? "solid" : look.dash.length === 0 ? "solid" : (look.dash[0] ?? 0) < 4 ? "dotted" : "dashed";
  swatch.style.borderTop = `${stacked ? 8 : 2}px ${kind} ${look.color[theme]}`;
  return swatch;
}

function element(tag: string, name: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = text;
  return made;
}
