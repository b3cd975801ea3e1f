// The events of what is looked at: loaded page by page, then kept up with each change that is heard of.

import type { TimelineEvent, Warning } from "../shared/model";
import { type Api, Refusal } from "./api";
import type { Change } from "./live";
import { loadEvents, type Progress } from "./loading";
import { matches } from "./matching";
import { eventQuery, newestFirst, type View, type Window } from "./view";

const SETTLED_MILLISECONDS = 150;
/** From here on it costs less to load all than to ask for each. */
const MANY_CHANGES = 20;

export interface FeedListener {
  /** The events are others now. */
  changed(): void;
  failed(error: unknown): void;
}

export class EventFeed {
  events: TimelineEvent[] = [];
  warnings: Warning[] = [];
  /** Null until the first page has come. */
  progress: Progress | null = null;
  #view: View | null = null;
  #window: Window = { start: 0, end: 1 };
  #request: AbortController | null = null;
  #heard: Change[] = [];
  #settling: number | undefined;

  constructor(
    private readonly api: Api,
    private readonly listener: FeedListener,
  ) {}

  /** What another view shows: page by page, as the pages come. */
  async show(view: View, window: Window): Promise<void> {
    this.#view = view;
    this.#window = window;
    this.progress = null;
    await this.#load((loaded) => this.#take(loaded.events, loaded.warnings, loaded));
  }

  /** The same anew, in place of what is there once all of it has come, so that nothing vanishes meanwhile. */
  async refresh(): Promise<void> {
    await this.#load((loaded) => loaded.done && this.#take(loaded.events, loaded.warnings, loaded));
  }

  /** The window went on; what lies before it now is let go. */
  moveTo(window: Window): void {
    this.#window = window;
    const view = this.#view;
    if (view) this.events = this.events.filter((event) => matches(event, view, window));
  }

  /** Something changed. Several changes that come together are looked at together. */
  hear(change: Change): void {
    this.#heard.push(change);
    this.#settling ??= setTimeout(() => void this.#catchUp(), SETTLED_MILLISECONDS);
  }

  stop(): void {
    this.#request?.abort();
    clearTimeout(this.#settling);
  }

  async #load(show: Parameters<typeof loadEvents>[3]): Promise<void> {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      await loadEvents(this.api, eventQuery(this.#view!, this.#window), request.signal, show);
    } catch (error) {
      if (!request.signal.aborted) this.listener.failed(error);
    }
    if (this.#request === request) this.#request = null;
  }

  #take(events: TimelineEvent[], warnings: Warning[], progress: Progress): void {
    this.events = events;
    this.warnings = warnings;
    this.progress = progress;
    this.listener.changed();
  }

  async #catchUp(): Promise<void> {
    this.#settling = undefined;
    // Pages that are still coming were asked for before this change; it is looked at after them.
    if (this.#request) return void (this.#settling = setTimeout(() => void this.#catchUp(), SETTLED_MILLISECONDS));
    const kinds = new Map(this.#heard.splice(0).map(({ sid, kind }) => [sid, kind]));
    if (kinds.has(undefined) || kinds.size > MANY_CHANGES || this.#view?.message) return this.refresh();
    const view = this.#view;
    const found = await Promise.all([...kinds].map(([sid, kind]) => (kind === "deleted" ? null : this.#look(sid!))));
    if (view !== this.#view) return;
    this.#put(new Set(kinds.keys()), found);
    this.listener.changed();
  }

  /** One event as it is now; null where it is there no more, or not to be seen. */
  async #look(sid: string): Promise<TimelineEvent | null> {
    try {
      return (await this.api.event(sid)).event;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 404) this.listener.failed(error);
      return null;
    }
  }

  #put(sids: Set<string | undefined>, found: (TimelineEvent | null)[]): void {
    const view = this.#view!;
    // A window that ends now ended a moment ago.
    const window = typeof view.range === "string" ? { ...this.#window, end: Date.now() } : this.#window;
    const shown = found.filter((event): event is TimelineEvent => event !== null && matches(event, view, window));
    this.events = [...this.events.filter(({ sid }) => !sids.has(sid)), ...shown].sort(newestFirst);
  }
}
