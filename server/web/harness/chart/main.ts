// The chart by itself, for tests: they show it data, act on it as a user, and read what it told.
import { TimelineChart, type Theme, type TimelineData } from "../../chart";
import { milliseconds, moved } from "./measuring";

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
  /** Milliseconds from making the chart until its first frame is out. */
  firstDraw: (data: TimelineData) => milliseconds(() => harness.show(data)),
  /** One frame of a pan to and fro with a slow zoom in it. */
  frame: (step: number) => milliseconds(() => chart!.setData(moved(shown!, step))),
};

declare global {
  interface Window {
    harness: typeof harness;
  }
}
window.harness = harness;
