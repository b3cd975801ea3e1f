// How the curves look. What goes well stays quiet; errors are red; no two are told apart by colour alone.
import type { Chart } from "../shared/model";
import type { Theme } from "./timeline";

export interface SeriesLook {
  color: Record<Theme, string>;
  dash: number[];
  width: number;
}

const RED = { light: "#cf2222", dark: "#ff6b6b" };
const LOOKS: Record<string, SeriesLook> = {
  "1xx": { color: { light: "#b9c2cd", dark: "#39424e" }, dash: [], width: 1 },
  "2xx": { color: { light: "#8fa3b8", dark: "#56687c" }, dash: [], width: 1 },
  "3xx": { color: { light: "#5f7fa3", dark: "#7f9cc0" }, dash: [], width: 1 },
  "4xx": { color: { light: "#d98a00", dark: "#e5a93a" }, dash: [], width: 1 },
  "5xx": { color: RED, dash: [], width: 1 },
  p50: { color: { light: "#6b7a8c", dark: "#8a98a8" }, dash: [2, 3], width: 1.5 },
  p95: { color: { light: "#2f74c0", dark: "#5aa2ee" }, dash: [7, 3], width: 1.5 },
  p99: { color: { light: "#153e75", dark: "#b5d5ff" }, dash: [], width: 1.75 },
};
const ERROR_SHARE: SeriesLook = { color: RED, dash: [5, 3], width: 1.75 };
const OTHERS: SeriesLook[] = [
  { color: { light: "#8a6d3b", dark: "#d0b27a" }, dash: [4, 2], width: 1.5 },
  { color: { light: "#3b7d54", dark: "#79c795" }, dash: [1, 2], width: 1.5 },
];

/** The look of a series; one of an unknown name has one of its own by its place. */
export function seriesLook(chart: Chart["name"], name: string, index: number): SeriesLook {
  if (chart === "errorRatio") return ERROR_SHARE;
  return LOOKS[name] ?? OTHERS[index % OTHERS.length]!;
}
