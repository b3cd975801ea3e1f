// From the answer of `/charts` to two plots: throughput, stacked, with the share of errors over it; and response times.
import type { Chart, Charts } from "../shared/model";
import { seriesLook, type SeriesLook } from "./series-look";

type Values = (number | null)[];

/** `drawn` is what the plot's scale sees, `values` what was measured: they differ where curves are stacked. */
export interface Curve {
  label: string;
  unit: Chart["unit"];
  scale: "y" | "share";
  look: SeriesLook;
  stacked: boolean;
  values: Values;
  drawn: Values;
}

export interface PlotModel {
  title: string;
  unit: Chart["unit"];
  curves: Curve[];
}

/** No plots where nothing is measured. */
export function plotModels(charts: Charts | null): PlotModel[] {
  if (!charts?.connected) return [];
  const named = (name: Chart["name"]) => charts.charts.find((chart) => chart.name === name);
  const errors = named("errorRatio");
  return [
    {
      title: "Throughput",
      unit: "requests/s",
      curves: [...stacked(named("throughput")), ...(errors ? share(errors) : [])],
    },
    { title: "Response time", unit: "seconds", curves: plain(named("responseTime")) },
  ];
}

/** The moments of the values, milliseconds. */
export function momentsOf(charts: Charts | null): number[] {
  const length = Math.max(0, ...(charts?.charts ?? []).flatMap(({ series }) => series.map(({ values }) => values.length)));
  if (!charts || length === 0) return [];
  const start = Date.parse(charts.startTime);
  return Array.from({ length }, (_, index) => start + index * charts.stepSeconds * 1_000);
}

function plain(chart: Chart | undefined): Curve[] {
  return (chart?.series ?? []).map(({ name, values }, index) => ({
    label: name,
    unit: chart!.unit,
    scale: "y",
    look: seriesLook(chart!.name, name, index),
    stacked: false,
    values,
    drawn: values,
  }));
}

function share(chart: Chart): Curve[] {
  return plain(chart).map((curve) => ({ ...curve, label: "error share", scale: "share" }));
}

/** Each on top of those before it; where only some were measured, the others count as none. */
function stacked(chart: Chart | undefined): Curve[] {
  let below: Values = [];
  return plain(chart).map((curve) => {
    below = curve.values.map((value, index) => sum(value, below[index]));
    return { ...curve, stacked: true, drawn: below };
  });
}

function sum(value: number | null, below: number | null | undefined): number | null {
  return value === null && (below === null || below === undefined) ? null : (value ?? 0) + (below ?? 0);
}
