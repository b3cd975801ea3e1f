import { expect, test } from "vitest";
import type { Charts } from "../../shared/model";
import { momentsOf, plotModels } from "../plot-model";
import { at, START } from "./samples";

const charts: Charts = {
  startTime: new Date(START).toISOString(),
  endTime: new Date(at(2)).toISOString(),
  stepSeconds: 60,
  connected: true,
  charts: [
    {
      name: "throughput",
      title: "Throughput",
      unit: "requests/s",
      series: [
        { name: "2xx", values: [10, 20, null] },
        { name: "5xx", values: [1, null, null] },
      ],
    },
    { name: "errorRatio", title: "Errors", unit: "ratio", series: [{ name: "errors", values: [0.1, 0, null] }] },
    { name: "responseTime", title: "Response time", unit: "seconds", series: [{ name: "p50", values: [1, 2, 3] }] },
  ],
};

test("status classes are stacked, and where nothing was measured nothing is drawn", () => {
  const [throughput] = plotModels(charts);

  expect(throughput!.curves.map(({ label, drawn }) => [label, drawn])).toEqual([
    ["2xx", [10, 20, null]],
    ["5xx", [11, 20, null]],
    ["error share", [0.1, 0, null]],
  ]);
});

test("what a curve tells is what was measured, not where it is drawn", () => {
  const [throughput] = plotModels(charts);

  expect(throughput!.curves[1]!.values).toEqual([1, null, null]);
});

test("the share of errors has a scale of its own", () => {
  const [throughput, response] = plotModels(charts);

  expect(throughput!.curves.map(({ scale }) => scale)).toEqual(["y", "y", "share"]);
  expect(response!.curves.map(({ scale, stacked }) => [scale, stacked])).toEqual([["y", false]]);
});

test("values belong to the start and then each step", () => {
  expect(momentsOf(charts)).toEqual([START, at(1), at(2)]);
});

test("without metrics there are no plots", () => {
  expect(plotModels(null)).toEqual([]);
  expect(plotModels({ ...charts, connected: false, charts: [] })).toEqual([]);
});

test("a chart that is missing leaves its plot empty", () => {
  const models = plotModels({ ...charts, charts: charts.charts.slice(2) });

  expect(models.map(({ title, curves }) => [title, curves.length])).toEqual([["Throughput", 0], ["Response time", 1]]);
});
