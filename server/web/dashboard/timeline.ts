// The page with the charts, the filters and the list, all of one window.

import { TimelineChart } from "../chart";
import type { Charts } from "../shared/model";
import { EventActions } from "./actions";
import { type Api, Refusal, type Session } from "./api";
import { fill, h } from "./dom";
import { EventFeed } from "./feed";
import { filterBar } from "./filters";
import { Live, type LiveState } from "./live";
import { EventList } from "./list";
import { countText, noteLines } from "./notes";
import { nothingHere } from "./nothing";
import { Places } from "./places";
import { currentTheme, type Theme } from "./theme";
import { chartQuery, type View, type Window, windowOf } from "./view";

const REDRAW_MILLISECONDS = 250;
const RENEW_MILLISECONDS = 30_000;
/** Now and then everything is asked for anew, for what no change tells of: an event whose time has come, an upstream's events. */
const REFRESH_RENEWALS = 10;

export interface Navigation {
  go(part: Partial<View>, how?: { replace: boolean }): void;
  zoom(window: Window): void;
  zoomOut: (() => void) | null;
  /** The session is over. */
  ended(): void;
}

export class Timeline {
  readonly #bar = h("div", {});
  readonly #notes = h("div", { class: "notes", role: "status" });
  readonly #chartHost = h("div", { class: "chart" });
  readonly #count = h("p", { class: "count", "aria-live": "polite" });
  readonly #nothing = h("div", { class: "nothing", hidden: true });
  readonly #feed: EventFeed;
  readonly #actions: EventActions;
  readonly #live: Live;
  readonly #chart: TimelineChart;
  readonly #list: EventList;
  readonly #renewal: number;
  #navigation: Navigation | null = null;
  #view: View | null = null;
  #window: Window = { start: 0, end: 1 };
  #charts: Charts | null = null;
  #chartRequest: AbortController | null = null;
  #problem: string | null = null;
  #state: LiveState = "connecting";
  #places = new Places();
  #renewals = 0;
  #drawing: number | undefined;

  constructor(
    host: HTMLElement,
    private readonly api: Api,
    private readonly session: Session,
    ended: () => void,
  ) {
    this.#feed = new EventFeed(api, { changed: () => this.#drawSoon(), failed: (error) => this.#fail(error) });
    this.#actions = new EventActions(api, session.writable && session.scopes.includes("events:write"), {
      touched: (change) => this.#feed.hear(change),
      shown: (sid) => this.#chart.highlight(sid),
      ended,
    });
    const list = h("section", { class: "list", "aria-label": "Events" }, h("div", { class: "list-head" }, this.#count, this.#newButton()));
    fill(host, h("h1", { class: "hidden" }, "Timeline"), this.#bar, this.#notes, this.#chartHost, list);
    this.#chart = this.#newChart();
    this.#list = this.#newList(list);
    list.append(this.#nothing);
    this.#live = new Live({ changed: (change) => this.#feed.hear(change), told: (state) => this.#tell(state), ended });
    this.#renewal = setInterval(() => this.#renew(), RENEW_MILLISECONDS);
    void this.#loadPlaces();
  }

  show(view: View, navigation: Navigation): void {
    this.#view = view;
    this.#navigation = navigation;
    this.#window = windowOf(view.range, Date.now());
    this.#problem = null;
    this.#list.reset();
    fill(this.#nothing, ...nothingHere(view, this.#actions.mayWrite, navigation));
    this.#drawBar();
    this.#draw();
    void this.#feed.show(view, this.#window);
    void this.#loadCharts();
  }

  setTheme(theme: Theme): void {
    this.#chart.setTheme(theme);
  }

  destroy(): void {
    this.#feed.stop();
    this.#chartRequest?.abort();
    this.#live.close();
    clearInterval(this.#renewal);
    clearTimeout(this.#drawing);
    this.#chart.destroy();
  }

  #newChart(): TimelineChart {
    const point = (event: Event): void => this.#list.highlight(sidsOf(event.target));
    for (const kind of ["pointerover", "focusin", "focusout", "pointerleave"]) this.#chartHost.addEventListener(kind, point);
    return new TimelineChart(this.#chartHost, {
      theme: currentTheme(),
      onZoom: (start, end) => this.#navigation?.zoom({ start, end }),
      onOpen: (event) => this.#actions.open(event),
      nameOf: (sid) => this.#places.name(sid),
    });
  }

  #newList(host: HTMLElement): EventList {
    return new EventList(host, {
      open: (event) => this.#actions.open(event),
      hover: (sid) => this.#chart.highlight(sid),
      close: this.#actions.mayWrite ? (event) => this.#actions.closeNow(event) : null,
    });
  }

  #newButton(): HTMLElement | null {
    if (!this.#actions.mayWrite) return null;
    return h("button", { type: "button", class: "primary", onclick: () => this.#actions.create() }, "New event");
  }

  #drawBar(): void {
    if (!this.#view || !this.#navigation) return;
    const focused = document.activeElement;
    const id = this.#bar.contains(focused) ? focused!.id : "";
    const caret = focused instanceof HTMLInputElement && focused.type === "search" ? focused.selectionStart : null;
    fill(this.#bar, filterBar(this.#view, this.#places, this.#navigation));
    const field = id ? document.getElementById(id) : null;
    field?.focus();
    if (caret !== null && field instanceof HTMLInputElement) field.setSelectionRange(caret, caret);
  }

  /** The view is the same: what is open stays open, and what is typed and not yet looked for stays where it is. */
  #drawBarAround(): void {
    const open = this.#bar.querySelector("details[open]");
    const typed = [...this.#bar.querySelectorAll<HTMLInputElement>("input[type=search]")].map(({ id, value }) => ({ id, value }));
    const focused = this.#bar.contains(document.activeElement) ? document.activeElement : null;
    this.#drawBar();
    for (const { id, value } of typed) {
      const field = this.#bar.querySelector<HTMLInputElement>(`input#${id}`);
      if (field) field.value = value;
    }
    if (!open) return;
    this.#bar.querySelector("details")?.replaceWith(open);
    if (open.contains(focused) && focused instanceof HTMLElement) focused.focus();
  }

  async #loadPlaces(): Promise<void> {
    try {
      this.#places = new Places(...(await Promise.all([this.api.places("buckets"), this.api.places("environments")])));
    } catch (error) {
      this.#fail(error);
    }
    this.#actions.places = this.#places;
    this.#drawBarAround();
    this.#draw();
  }

  async #loadCharts(): Promise<void> {
    if (!this.session.metrics || !this.#view) return;
    this.#chartRequest?.abort();
    const request = new AbortController();
    this.#chartRequest = request;
    try {
      this.#charts = await this.api.charts(chartQuery(this.#view, this.#window), request.signal);
      this.#drawSoon();
    } catch (error) {
      if (!request.signal.aborted) this.#fail(error);
    }
  }

  /** A window that ends now goes on. Events come by themselves while the stream of changes is there. */
  #renew(): void {
    if (document.hidden || typeof this.#view?.range !== "string") return;
    this.#window = windowOf(this.#view.range, Date.now());
    this.#feed.moveTo(this.#window);
    this.#renewals += 1;
    if (this.#state !== "live" || this.#renewals % REFRESH_RENEWALS === 0) void this.#feed.refresh();
    void this.#loadCharts();
    this.#draw();
  }

  #again(): void {
    this.#problem = null;
    void this.#feed.refresh();
    void this.#loadCharts();
    this.#drawNotes();
  }

  #drawSoon(): void {
    this.#drawing ??= setTimeout(() => this.#draw(), this.#feed.progress?.done ? 0 : REDRAW_MILLISECONDS * Number(this.#feed.events.length > 100));
  }

  #draw(): void {
    clearTimeout(this.#drawing);
    this.#drawing = undefined;
    const window = typeof this.#view?.range === "string" ? windowOf(this.#view.range, Date.now()) : this.#window;
    // Room for the plots until they come, so that the list doesn't jump.
    this.#chartHost.classList.toggle("expected", this.session.metrics && this.#charts === null && this.#problem === null);
    this.#chart.setData({ ...window, charts: this.#charts, events: this.#feed.events, now: Date.now() });
    this.#list.show(this.#feed.events, this.#places);
    this.#drawCount();
    this.#drawNotes();
  }

  /** Numbers that grow while pages come aren't read out. */
  #drawCount(): void {
    const { events, progress } = this.#feed;
    const done = progress?.done ?? false;
    this.#count.setAttribute("aria-live", done ? "polite" : "off");
    this.#count.textContent = countText(this.#feed, this.#view, this.#problem !== null);
    this.#nothing.hidden = !done || events.length > 0;
  }

  #drawNotes(): void {
    const warnings = [...this.#feed.warnings, ...(this.#charts?.warnings ?? [])];
    fill(this.#notes, ...noteLines({ problem: this.#problem, state: this.#state, warnings, metrics: this.session.metrics }, () => this.#again()));
  }

  #tell(state: LiveState): void {
    this.#state = state;
    this.#drawNotes();
  }

  #fail(error: unknown): void {
    if (error instanceof Refusal && error.status === 401) return this.#navigation?.ended();
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#draw();
  }
}

/** Which events the mark under the pointer, or with the focus, stands for. */
function sidsOf(target: EventTarget | null): string[] {
  const mark = target instanceof Element ? target.closest<HTMLElement>(".mark") : null;
  return mark?.matches(":hover, :focus") ? (mark.dataset["sids"] ?? "").split(" ") : [];
}
