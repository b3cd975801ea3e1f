// The page with the charts, the filters and the list, all of one window.

import { TimelineChart } from "../chart";
import type { Charts, TimelineEvent, Warning } from "../shared/model";
import { type Api, Refusal, type Session } from "./api";
import { showDetails } from "./details";
import { fill, h } from "./dom";
import { type KnownPlaces, openEventForm } from "./eventform";
import { filterBar } from "./filters";
import { type Change, Live, type LiveState } from "./live";
import { EventList } from "./list";
import { loadEvents, type Loaded, MOST_EVENTS } from "./loading";
import { currentTheme, type Theme } from "./theme";
import { complain, toast } from "./toast";
import { chartQuery, eventQuery, filterCount, iso, newestFirst, type Range, type View, type Window, windowOf } from "./view";
import { matches } from "./matching";

const SETTLED_MILLISECONDS = 150;
const REDRAW_MILLISECONDS = 250;
const RENEW_MILLISECONDS = 30_000;

export interface TimelineActions {
  go(part: Partial<View>): void;
  /** The session is over. */
  ended(): void;
}

export class Timeline {
  private readonly bar = h("div", {});
  private readonly notes = h("div", { class: "notes", role: "status" });
  private readonly chartHost = h("div", { class: "chart" });
  private readonly count = h("p", { class: "count", "aria-live": "polite" });
  private readonly live: Live;
  private readonly chart: TimelineChart;
  private readonly list: EventList;
  private readonly renewal: number;
  private view: View | null = null;
  private window: Window = { start: 0, end: 1 };
  private events: TimelineEvent[] = [];
  private charts: Charts | null = null;
  private warnings: Warning[] = [];
  private problem: string | null = null;
  private state: LiveState | null = null;
  private loaded: Loaded | null = null;
  private places: KnownPlaces = { buckets: [], environments: [] };
  private request: AbortController | null = null;
  private settling: number | undefined;
  private pending: Change[] = [];
  private drawing: number | undefined;
  private readonly zoomedFrom: Range[] = [];

  constructor(
    host: HTMLElement,
    private readonly api: Api,
    private readonly session: Session,
    private readonly actions: TimelineActions,
  ) {
    const listHost = h("section", { class: "list", "aria-label": "Events" }, h("div", { class: "list-head" }, this.count, this.newButton()));
    fill(host, h("h1", { class: "hidden" }, "Timeline"), this.bar, this.notes, this.chartHost, listHost);
    this.chart = new TimelineChart(this.chartHost, {
      theme: currentTheme(),
      onZoom: (start, end) => this.zoom(start, end),
      onOpen: (event) => this.open(event),
    });
    this.list = new EventList(listHost, {
      open: (event) => this.open(event),
      hover: (sid) => this.chart.highlight(sid),
      close: this.mayWrite() ? (event) => void this.close(event) : null,
    });
    this.live = new Live((change) => this.heard(change), (state) => this.tell(state));
    this.renewal = setInterval(() => this.slide(), RENEW_MILLISECONDS);
    void this.loadPlaces();
  }

  show(view: View): void {
    this.view = view;
    this.zoomedFrom.splice(0, typeof view.range === "string" ? this.zoomedFrom.length : 0);
    this.list.reset();
    this.drawBar();
    void this.load();
  }

  setTheme(theme: Theme): void {
    this.chart.setTheme(theme);
  }

  destroy(): void {
    this.request?.abort();
    this.live.close();
    clearInterval(this.renewal);
    clearTimeout(this.settling);
    clearTimeout(this.drawing);
    this.chart.destroy();
  }

  private mayWrite(): boolean {
    return this.session.writable && this.session.scopes.includes("events:write");
  }

  private newButton(): HTMLElement | null {
    if (!this.mayWrite()) return null;
    return h("button", { type: "button", class: "primary", onclick: () => openEventForm(this.api, this.places, null, (event) => this.saved(event, "Created")) }, "New event");
  }

  private drawBar(): void {
    if (!this.view) return;
    const focused = document.activeElement?.id;
    const caret = document.activeElement instanceof HTMLInputElement && document.activeElement.type === "search" ? document.activeElement.selectionStart : null;
    const back = this.zoomedFrom.length ? (): void => this.actions.go({ range: this.zoomedFrom.pop()! }) : null;
    fill(this.bar, filterBar(this.view, this.places, { change: (part) => this.actions.go(part), back }));
    if (!focused?.startsWith("filter-")) return;
    const field = document.getElementById(focused) as HTMLInputElement | null;
    field?.focus();
    if (caret !== null) field?.setSelectionRange(caret, caret);
  }

  private async loadPlaces(): Promise<void> {
    try {
      const [buckets, environments] = await Promise.all([this.api.places("buckets"), this.api.places("environments")]);
      this.places = { buckets, environments };
      this.drawBar();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Everything of the window anew. */
  private async load(): Promise<void> {
    if (!this.view) return;
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.window = windowOf(this.view.range, Date.now());
    this.problem = null;
    this.loaded = null;
    const charts = this.loadCharts(this.view, this.window, request.signal);
    try {
      await loadEvents(this.api, eventQuery(this.view, this.window), request.signal, (loaded) => {
        if (request.signal.aborted) return;
        this.loaded = loaded;
        this.events = loaded.events;
        this.drawSoon();
      });
      await charts;
    } catch (error) {
      if (!request.signal.aborted) this.fail(error);
    }
    if (!request.signal.aborted) this.draw();
  }

  private async loadCharts(view: View, window: Window, signal: AbortSignal): Promise<void> {
    if (!this.session.metrics) return;
    try {
      this.charts = await this.api.charts(chartQuery(view, window), signal);
    } catch (error) {
      if (!signal.aborted) this.charts = null;
      if (!(error instanceof Refusal) || error.status === 401) throw error;
      this.problem = error.message;
    }
    this.drawSoon();
  }

  /** A window that ends now goes on. */
  private slide(): void {
    if (typeof this.view?.range === "string" && !document.hidden) void this.load();
  }

  private drawSoon(): void {
    this.drawing ??= setTimeout(() => this.draw(), this.loaded && this.events.length > 100 ? REDRAW_MILLISECONDS : 0);
  }

  private draw(): void {
    clearTimeout(this.drawing);
    this.drawing = undefined;
    this.warnings = [...(this.loaded?.warnings ?? []), ...(this.charts?.warnings ?? [])];
    this.chart.setData({ ...this.window, charts: this.charts, events: this.events, now: Date.now() });
    this.list.setEvents(this.events);
    this.drawCount();
    this.drawNotes();
  }

  private drawCount(): void {
    const { loaded } = this;
    const number = this.events.length.toLocaleString();
    if (!loaded) this.count.textContent = this.problem ? "" : "Loading …";
    else if (!loaded.done) this.count.textContent = `${number} events, more are coming …`;
    else if (loaded.truncated) this.count.textContent = `The newest ${MOST_EVENTS.toLocaleString()} events; choose a shorter window for the rest.`;
    else if (this.events.length) this.count.textContent = this.events.length === 1 ? "1 event" : `${number} events`;
    else this.count.textContent = this.view && filterCount(this.view) ? "No event in this window passes the filters." : "No event in this window. Choose a longer one, or create an event.";
  }

  private drawNotes(): void {
    const lines: (HTMLElement | null)[] = [
      this.problem ? h("p", { class: "problem" }, this.problem, " ", h("button", { type: "button", class: "link", onclick: () => void this.load() }, "Try again")) : null,
      this.state === "offline" ? h("p", { class: "problem" }, "Not live: the connection is broken. Trying again …") : null,
      ...this.warnings.map(({ source, message }) => h("p", { class: "warning" }, `${source}: ${message}`)),
      this.session.metrics ? null : h("p", { class: "quiet" }, "To see requests and response times behind the events, start Milepost with ", h("code", {}, "MILEPOST_PROMETHEUS_URL"), "."),
    ];
    fill(this.notes, ...lines);
  }

  private tell(state: LiveState): void {
    this.state = state;
    this.drawNotes();
  }

  /** Several changes that come together are looked at together. */
  private heard(change: Change): void {
    this.pending.push(change);
    this.settling ??= setTimeout(() => void this.catchUp(), SETTLED_MILLISECONDS);
  }

  private async catchUp(): Promise<void> {
    const changes = this.pending.splice(0);
    this.settling = undefined;
    const sids = new Set(changes.map(({ sid }) => sid));
    if (sids.has(undefined) || sids.size > 20 || this.view?.message) {
      await this.load();
      return;
    }
    for (const sid of sids) await this.look(sid!);
    if (typeof this.view?.range === "string") this.window = windowOf(this.view.range, Date.now());
    this.draw();
  }

  /** One event as it is now, in or out of what is shown. */
  private async look(sid: string): Promise<void> {
    let now: TimelineEvent | null = null;
    try {
      now = (await this.api.event(sid)).event;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) return this.fail(error);
    }
    this.events = this.events.filter((event) => event.sid !== sid);
    const until = typeof this.view?.range === "string" ? Date.now() : this.window.end;
    if (now && this.view && matches(now, this.view, { start: this.window.start, end: until })) this.events = [...this.events, now].sort(newestFirst);
  }

  private zoom(start: number, end: number): void {
    if (this.view) this.zoomedFrom.push(this.view.range);
    this.actions.go({ range: { start: Math.round(start), end: Math.round(end) } });
  }

  private open(event: TimelineEvent): void {
    this.chart.highlight(event.sid);
    const actions = { edit: (one: TimelineEvent) => void this.edit(one), close: (one: TimelineEvent) => void this.close(one), remove: (one: TimelineEvent) => void this.remove(one) };
    showDetails(this.api, event, this.mayWrite() ? actions : null, () => this.chart.highlight(null));
  }

  private async edit(event: TimelineEvent): Promise<void> {
    try {
      openEventForm(this.api, this.places, await this.api.event(event.sid), (saved) => this.saved(saved, "Saved"));
    } catch (error) {
      complain(error);
    }
  }

  private saved(event: TimelineEvent, word: string): void {
    toast(`${word}: ${event.name}`);
    this.heard({ kind: "changed", sid: event.sid });
  }

  private async close(event: TimelineEvent): Promise<void> {
    try {
      const { etag } = await this.api.event(event.sid);
      const closed = await this.api.change(event.sid, { endedAt: iso(Date.now()) }, etag);
      this.heard({ kind: "changed", sid: event.sid });
      const reopen = (): void => void this.api.change(closed.sid, { endedAt: null }, null).then(() => this.heard({ kind: "changed", sid: event.sid }), complain);
      toast(`Closed: ${event.name}`, { label: "Undo", run: reopen });
    } catch (error) {
      complain(error);
    }
  }

  private async remove(event: TimelineEvent): Promise<void> {
    try {
      const { etag } = await this.api.event(event.sid);
      await this.api.remove(event.sid, etag);
      this.heard({ kind: "deleted", sid: event.sid });
      const restore = (): void => void this.api.restore(event.sid).then(() => this.heard({ kind: "restored", sid: event.sid }), complain);
      toast(`Deleted: ${event.name}`, { label: "Undo", run: restore });
    } catch (error) {
      complain(error);
    }
  }

  private fail(error: unknown): void {
    if (error instanceof Refusal && error.status === 401) {
      this.actions.ended();
      return;
    }
    this.problem = error instanceof Error ? error.message : String(error);
    this.drawNotes();
  }
}
