// The chart: charts and events over one axis of time. See `timeline.ts` for what it is given and tells.
import type { TimelineEvent } from "../shared/model";
import { Calm } from "./calm";
import { EMPTY_SCENE, sceneOf, type Scene } from "./scene";
import { plotWidth } from "./frame";
import { nearestLine } from "./lines";
import { paintLook } from "./look";
import { MarkLayer } from "./mark-layer";
import type { Mark } from "./marks";
import { Moments } from "./moments";
import { PlacedEvents } from "./placed-events";
import { PointerArea } from "./pointer-area";
import { Stage } from "./stage";
import { summaryOf } from "./summary";
import { TimeAxis } from "./time-axis";
import type { Theme, TimelineData, TimelineOptions } from "./timeline";
import { Tooltip } from "./tooltip";
import { WindowChanges } from "./window-changes";

const NEAR_PIXELS = 5;
const KEY_ZOOM = 2;
const KEY_PAN = 0.25;
const MARGIN = 0.25;
const EMPTY: TimelineData = { start: 0, end: 1, charts: null, events: [], now: 0 };

export class TimelineChart {
  readonly #frame = document.createElement("div");
  readonly #summary = document.createElement("p");
  readonly #body = document.createElement("div");
  readonly #marks: MarkLayer;
  readonly #pointer: PointerArea;
  readonly #tooltip: Tooltip;
  readonly #stage: Stage;
  readonly #moments: Moments;
  readonly #changes: WindowChanges;
  readonly #resize: ResizeObserver;
  readonly #calm = new Calm();
  #theme: Theme;
  #data = EMPTY;
  #events = new PlacedEvents([]);
  #scene: Scene = EMPTY_SCENE;
  #width = 0;
  #highlighted: string | null = null;

  constructor(
    readonly host: HTMLElement,
    readonly options: TimelineOptions,
  ) {
    this.#theme = options.theme;
    this.#moments = new Moments(options.timeZone, options.locale);
    this.#changes = new WindowChanges((start, end) => options.onZoom(start, end));
    this.#marks = new MarkLayer(this.#moments, {
      onPoint: (mark) => this.#tell(mark),
      onLeave: () => this.#untell(),
      onActivate: (mark) => this.#activate(mark),
      onKey: (event, mark) => this.#onKey(event, mark),
    });
    const told = {
      onOpen: (event: TimelineEvent) => (this.#tooltip.hide(), options.onOpen(event)),
      onZoom: (mark: Mark) => this.#zoomInOn(mark),
      onClose: () => this.#tooltip.hide(),
    };
    this.#tooltip = new Tooltip(this.#moments, told, options.nameOf);
    this.#pointer = new PointerArea({
      onPoint: (x) => this.#onPoint(x),
      onClick: (x) => this.#onClick(x),
      onSelect: (from, to) => this.#move([this.#scene.axis.at(from), this.#scene.axis.at(to)], "now"),
      onZoom: (factor, x) => this.#move(this.#scene.axis.zoomed(factor, this.#scene.axis.at(x)), "soon"),
      onPan: (pixels) => this.#move(this.#scene.axis.moved(pixels), "soon"),
    });
    const plots = document.createElement("div");
    const above = document.createElement("div");
    this.#stage = new Stage(plots, above, this.#moments, () => this.#drawn());
    this.#assemble(above, plots);
    this.setTheme(options.theme);
    this.#resize = new ResizeObserver(() => this.#onResize());
    this.#resize.observe(this.#frame);
  }

  setData(data: TimelineData): void {
    if (data.events !== this.#data.events) this.#events = new PlacedEvents(data.events);
    if (data.charts !== this.#data.charts) this.#stage.load(data.charts);
    this.#changes.cancel();
    this.#data = data;
    this.#fill();
  }

  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#frame.dataset.theme = theme;
    paintLook(this.#frame, theme);
    this.#fill();
  }

  /** Point out one event, as a list beside the chart does for the one under the pointer. */
  highlight(sid: string | null): void {
    this.#highlighted = sid;
    this.#marks.highlight(this.#highlightedMark());
    this.#stage.redraw();
  }

  destroy(): void {
    this.#calm.cancel();
    this.#changes.cancel();
    this.#marks.destroy();
    this.#resize.disconnect();
    this.#stage.destroy();
    this.#frame.remove();
  }

  #assemble(above: HTMLElement, plots: HTMLElement): void {
    this.#frame.className = "timeline";
    this.#summary.className = "timeline-summary";
    this.#body.className = "timeline-body";
    plots.className = "timeline-plots";
    this.#body.append(this.#marks.root, plots, this.#pointer.root, this.#tooltip.root);
    this.#frame.append(this.#summary, above, this.#body);
    this.host.append(this.#frame);
  }

  #onResize(): void {
    const width = Math.floor(this.#frame.clientWidth);
    if (width > 0 && width !== this.#width) {
      this.#width = width;
      this.#fill();
    }
  }

  /** Everything anew: values, window, size or theme changed. */
  #fill(): void {
    this.#width ||= Math.floor(this.#frame.clientWidth);
    if (this.#data === EMPTY || this.#width === 0) return;
    const frame = this.#stage.frame(this.#width);
    this.#body.style.setProperty("--timeline-left", `${frame.left}px`);
    this.#body.style.setProperty("--timeline-right", `${frame.right}px`);
    this.#arrange(new TimeAxis(this.#data.start, this.#data.end, plotWidth(frame)));
    this.#stage.fill(frame, this.#scene.axis, this.#theme);
  }

  #arrange(axis: TimeAxis): void {
    this.#scene = sceneOf(this.#events, axis, this.#data.now);
    this.#marks.show(this.#scene.marks);
    this.#marks.highlight(this.#highlightedMark());
    this.#keepTelling();
    this.#calm.do(() => (this.#summary.textContent = summaryOf(this.#scene, this.#stage.models, this.#moments)));
  }

  /** What the tooltip tells of may have changed or moved, or be gone. */
  #keepTelling(): void {
    const { shown, choosing } = this.#tooltip;
    if (shown === null) return;
    const mark = this.#scene.marks.find(({ events }) => events.some(({ event }) => event.sid === shown));
    if (!mark) this.#tooltip.hide();
    else if (!choosing) this.#tell(mark);
  }

  /** Show another window of the same data at once, and tell of it. */
  #move([start, end]: [number, number], when: "now" | "soon"): void {
    this.#data = { ...this.#data, start: Math.round(start), end: Math.round(end) };
    this.#arrange(new TimeAxis(this.#data.start, this.#data.end, this.#scene.axis.width));
    this.#stage.show(this.#scene.axis);
    this.#changes[when](this.#data.start, this.#data.end);
  }

  #drawn() {
    return { scene: this.#scene, theme: this.#theme, highlighted: this.#highlightedMark() };
  }

  #highlightedMark(): Mark | null {
    const sid = this.#highlighted;
    if (sid === null) return null;
    return this.#scene.marks.find(({ events }) => events.some(({ event }) => event.sid === sid)) ?? null;
  }

  #tell(mark: Mark): void {
    const button = this.#marks.buttonOf(mark);
    if (button && !this.#tooltip.choosing) this.#tooltip.tell(mark, button, this.#data.now);
  }

  #untell(): void {
    if (!this.#tooltip.choosing) this.#tooltip.hide();
  }

  #activate(mark: Mark): void {
    const [only, ...others] = mark.events;
    const button = this.#marks.buttonOf(mark);
    if (others.length === 0) this.options.onOpen(only!.event);
    else if (button) this.#tooltip.choose(mark, button);
  }

  #onPoint(x: number | null): void {
    this.#stage.point(x);
    const line = x === null ? null : nearestLine(this.#scene.lines, x, NEAR_PIXELS);
    if (line) this.#tell(line.mark);
    else this.#untell();
  }

  #onClick(x: number): void {
    this.#tooltip.hide();
    const line = nearestLine(this.#scene.lines, x, NEAR_PIXELS);
    if (line) this.#activate(line.mark);
  }

  #zoomInOn({ events }: Mark): void {
    this.#tooltip.hide();
    const start = events[0]!.start;
    const end = events.at(-1)!.start;
    const margin = Math.max(1_000, (end - start) * MARGIN);
    this.#move([start - margin, end + margin], "now");
  }

  #onKey(event: KeyboardEvent, mark: Mark | null): void {
    const { axis } = this.#scene;
    const around = mark ? axis.at(mark.x) : axis.at(axis.width / 2);
    if (event.key === "+" || event.key === "=") this.#move(axis.zoomed(1 / KEY_ZOOM, around), "now");
    else if (event.key === "-") this.#move(axis.zoomed(KEY_ZOOM, around), "now");
    else if (event.key === "PageUp") this.#move(axis.moved(-axis.width * KEY_PAN), "now");
    else if (event.key === "PageDown") this.#move(axis.moved(axis.width * KEY_PAN), "now");
    else if (event.key === "Escape") this.#tooltip.hide();
    else return;
    event.preventDefault();
  }
}
