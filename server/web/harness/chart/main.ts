// The chart by itself, for tests and benches: they show it data, act on it as a user, read what it told, and see how long it takes.
import { TimelineChart, type Theme, type TimelineData } from "../../chart";
import { firstDraw, frames } from "./measuring";

const host = document.getElementById("host")!;
const told: { zooms: [number, number][]; opened: string[] } = { zooms: [], opened: [] };
let chart: TimelineChart | undefined;
let shown: TimelineData | undefined;

function make(theme: Theme): TimelineChart {
  chart?.destroy();
  document.body.className = theme;
  chart = new TimelineChart(host, {
    theme,
    timeZone: "Europe/Berlin",
    locale: "en-GB",
    onZoom: (start, end) => told.zooms.push([start, end]),
    onOpen: ({ sid }) => told.opened.push(sid),
  });
  return chart;
}

const harness = {
  told,
  show(data: TimelineData, theme: Theme = "light"): void {
    shown = data;
    make(theme).setData(data);
  },
  update(data: TimelineData): void {
    shown = data;
    chart!.setData(data);
  },
  setTheme: (theme: Theme) => chart!.setTheme(theme),
  highlight: (sid: string | null) => chart!.highlight(sid),
  firstDraw: (data: TimelineData) => firstDraw(() => harness.show(data)),
  frames: (count: number) => frames(chart!, shown!, count),
};

declare global {
  interface Window {
    harness: typeof harness;
  }
}
window.harness = harness;
