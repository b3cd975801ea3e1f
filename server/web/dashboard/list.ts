// The list below the charts: the same events, newest first, shown some at a time.

import { EVENT_LOOK, shapeSvg } from "../chart/look";
import { SEVERITIES, type TimelineEvent } from "../shared/model";
import { fill, h } from "./dom";
import type { Places } from "./places";
import { duration, fullTime, shortTime } from "./time";
import { endOf } from "./view";

const SHOWN_AT_FIRST = 50;
const SHOWN_MORE = 100;
const NAMED_PLACES = 3;

export interface ListActions {
  open(event: TimelineEvent): void;
  hover(sid: string | null): void;
  /** Null where nothing may be written. */
  close: ((event: TimelineEvent) => void) | null;
}

export class EventList {
  readonly #rows = h("ul", { class: "events" });
  readonly #more = h("button", { type: "button", class: "more", onclick: () => this.#showMore() });
  #items = new Map<string, { text: string; item: HTMLLIElement }>();
  #events: TimelineEvent[] = [];
  #places: Places | null = null;
  #shown = SHOWN_AT_FIRST;

  constructor(
    host: HTMLElement,
    private readonly actions: ListActions,
  ) {
    host.append(this.#rows, this.#more);
  }

  /** Another window begins with few rows again. */
  reset(): void {
    this.#shown = SHOWN_AT_FIRST;
  }

  show(events: TimelineEvent[], places: Places): void {
    this.#events = events;
    this.#places = places;
    this.#draw();
  }

  /** Point out the rows of these events, as the chart does for the mark under the pointer. */
  highlight(sids: readonly string[]): void {
    const wanted = new Set(sids);
    for (const [sid, { item }] of this.#items) item.classList.toggle("highlighted", wanted.has(sid));
  }

  #showMore(): void {
    const first = this.#shown;
    this.#shown += SHOWN_MORE;
    this.#draw();
    this.#rows.querySelectorAll<HTMLElement>(".row")[first]?.focus();
  }

  #draw(): void {
    const before = this.#items;
    this.#items = new Map();
    const focused = document.activeElement;
    fill(this.#rows, ...this.#events.slice(0, this.#shown).map((event) => this.#itemOf(event, before)));
    const left = this.#events.length - this.#shown;
    this.#more.hidden = left <= 0;
    this.#more.textContent = `Show ${Math.min(left, SHOWN_MORE)} more of ${left.toLocaleString()}`;
    // Moving an element takes the focus away from what is in it.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.#rows.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** What is as it was keeps its element, and so the focus and whoever comes back to it. */
  #itemOf(event: TimelineEvent, before: Map<string, { text: string; item: HTMLLIElement }>): HTMLLIElement {
    const text = JSON.stringify([event, this.#placeNames(event)]);
    const known = before.get(event.sid);
    const kept = known?.text === text ? known : { text, item: this.#row(event) };
    this.#items.set(event.sid, kept);
    return kept.item;
  }

  #placeNames(event: TimelineEvent): string[][] {
    return [event.bucketSids, event.environmentSids].map((sids) => this.#places?.names(sids) ?? []);
  }

  #row(event: TimelineEvent): HTMLLIElement {
    const ongoing = endOf(event) === Infinity;
    const { open, hover, close } = this.actions;
    const row = h(
      "button",
      {
        type: "button", class: "row",
        onclick: () => open(event),
        onmouseenter: () => hover(event.sid), onmouseleave: () => hover(null),
        onfocus: () => hover(event.sid), onblur: () => hover(null),
      },
      h("time", { datetime: event.startedAt, title: fullTime(event.startedAt) }, shortTime(event.startedAt)),
      h("span", { class: "kind" }, shapeSvg(event.type), EVENT_LOOK[event.type].label),
      h("span", { class: "name" }, event.name),
      h("span", { class: "facts" }, ...facts(event, ongoing, this.#placeNames(event))),
    );
    const name = h("span", { class: "hidden" }, ` ${event.name}`);
    const end = ongoing && close ? h("button", { type: "button", class: "close-incident", onclick: () => close(event) }, "Close", name) : null;
    return h("li", { "data-sid": event.sid }, row, end);
  }
}

function facts(event: TimelineEvent, ongoing: boolean, placeNames: string[][]): HTMLElement[] {
  const found: HTMLElement[] = [];
  const add = (text: string, kind = ""): void => void found.push(h("span", { class: `fact ${kind}` }, text));
  if (ongoing) add("ongoing", "ongoing");
  else if (event.endedAt) add(duration(endOf(event) - Date.parse(event.startedAt)), "plain");
  if (event.severity) add(SEVERITIES[event.severity], `severity-${event.severity}`);
  for (const names of placeNames) if (names.length) add(few(names));
  if (event.source) add(event.source, "plain");
  return found;
}

function few(names: string[]): string {
  const more = names.length - NAMED_PLACES;
  return names.slice(0, NAMED_PLACES).join(", ") + (more > 0 ? ` +${more}` : "");
}
