// The chart component, for the dashboard and for the MCP App.
import "uplot/dist/uPlot.min.css";
import "./chart.css";

export { EVENT_LOOK, GRAVEST_FIRST, paintLook, shapeSvg, type EventLook, type Shape } from "./look";
export { duration, Moments, utc } from "./moments";
export { TimelineChart } from "./timeline-chart";
export type { Theme, TimelineData, TimelineOptions } from "./timeline";
