// How the types of events look, in the chart and wherever else they are shown: never by colour alone.
import type { EventType } from "../shared/model";
import type { Theme } from "./timeline";

export type Shape = "triangle" | "diamond" | "square" | "arrows" | "circle";

/** `dash` is the pattern of the line in the plots; empty is solid. */
export interface EventLook {
  label: string;
  color: Record<Theme, string>;
  shape: Shape;
  dash: number[];
}

export const EVENT_LOOK: Record<EventType, EventLook> = {
  incident: { label: "Incident", color: { light: "#b4125c", dark: "#ff7eb3" }, shape: "diamond", dash: [] },
  deployment: { label: "Deployment", color: { light: "#1d5fd0", dark: "#6cb0ff" }, shape: "triangle", dash: [] },
  config_change: { label: "Config change", color: { light: "#7a3fc4", dark: "#c39bff" }, shape: "square", dash: [6, 3] },
  scale: { label: "Scale", color: { light: "#0b7a70", dark: "#3fd0c0" }, shape: "arrows", dash: [8, 3, 2, 3] },
  custom: { label: "Custom", color: { light: "#5b6470", dark: "#a9b3bf" }, shape: "circle", dash: [2, 3] },
};

/** Where several events share a place, the first of these types that is among them gives it its look. */
export const GRAVEST_FIRST: readonly EventType[] = ["incident", "deployment", "config_change", "scale", "custom"];

const PATHS: Record<Shape, string> = {
  triangle: "M8 1.5 15 14H1Z",
  diamond: "M8 .5 15.5 8 8 15.5.5 8Z",
  square: "M2 2h12v12H2Z",
  arrows: "M8 0 13 6H3Zm0 16L3 10h10Z",
  circle: "M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 1 1 0-13Z",
};
const SVG = "http://www.w3.org/2000/svg";

/** The type's shape, in the colour of the type where `paintLook` was called, to stand beside text that says the same. */
export function shapeSvg(type: EventType): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `event-shape event-shape-${type}`);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[EVENT_LOOK[type].shape]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

/** Gives `element` and what is in it the colours of the types, as `--event-incident` and so on. */
export function paintLook(element: HTMLElement, theme: Theme): void {
  for (const type of GRAVEST_FIRST) element.style.setProperty(`--event-${type}`, EVENT_LOOK[type].color[theme]);
}
