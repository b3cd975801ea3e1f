// The page: a toolbar, the chart, and an event's details below it.
import { EVENT_LOOK, GRAVEST_FIRST, Moments, paintLook, shapeSvg, TimelineChart, type Theme } from "../chart";
import type { Answer } from "./answer";
import { Details, type DetailActions } from "./details";
import { element } from "./elements";
import { Toolbar, type Window } from "./toolbar";

export interface PageActions extends DetailActions {
  onWindow(window: Window): void;
  onBack(): void;
}

export interface Viewer {
  theme: Theme;
  timeZone?: string;
  locale?: string;
}

export class Page {
  readonly #status = element("p", { className: "status" });
  readonly #legend = element("div", { className: "legend" });
  readonly #toolbar: Toolbar;
  readonly #details: Details;
  readonly #chart: TimelineChart;
  readonly #root: HTMLElement;

  constructor(parent: HTMLElement, viewer: Viewer, readonly actions: PageActions) {
    const moments = new Moments(viewer.timeZone, viewer.locale);
    const host = element("div", { className: "chart" });
    this.#toolbar = new Toolbar(moments, (window) => actions.onWindow(window), () => actions.onBack());
    this.#details = new Details(moments, actions);
    this.#status.setAttribute("role", "status");
    const title = element("h1", {}, "Timeline");
    this.#root = element("main", {}, title, this.#toolbar.root, host, this.#legend, this.#status, this.#details.root);
    parent.replaceChildren(this.#root);
    this.#chart = new TimelineChart(host, {
      ...viewer,
      onZoom: (start, end) => actions.onWindow({ startTime: iso(start), endTime: iso(end) }),
      onOpen: (event) => void this.#details.open(event),
    });
    this.setTheme(viewer.theme);
  }

  show(answer: Answer, filters: string, canGoBack: boolean): void {
    const { start, end, charts, events } = answer;
    this.#chart.setData({ start, end, charts, events, now: this.actions.now() });
    this.#toolbar.show(start, end, filters, canGoBack);
    this.#showLegend(new Set(events.map(({ type }) => type)));
    this.say(remarks(answer));
  }

  say(text: string): void {
    this.#status.textContent = text;
  }

  setTheme(theme: Theme): void {
    paintLook(this.#root, theme);
    this.#chart.setTheme(theme);
  }

  destroy(): void {
    this.#chart.destroy();
  }

  #showLegend(present: ReadonlySet<string>): void {
    const entries = GRAVEST_FIRST.filter((type) => present.has(type));
    this.#legend.replaceChildren(...entries.map((type) => element("span", {}, shapeSvg(type), EVENT_LOOK[type].label)));
  }
}

function remarks({ events, hasMore, charts, warnings }: Answer): string {
  const told = [
    events.length === 0 ? "No events in this window." : "",
    hasMore ? `Only the newest ${events.length} events of this window are shown.` : "",
    charts && !charts.connected ? "No metrics are connected: set MILEPOST_PROMETHEUS_URL for charts." : "",
    ...[...warnings, ...(charts?.warnings ?? [])].map(({ source, message }) => `Missing here: ${source}: ${message}`),
  ];
  return told.filter(Boolean).join(" ");
}

function iso(moment: number): string {
  return new Date(moment).toISOString();
}
