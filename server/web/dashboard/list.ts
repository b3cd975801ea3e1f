// The list below the charts: the same events, newest first, shown some at a time.

import { EVENT_LOOK, shapeSvg } from "../chart/look";
import type { TimelineEvent } from "../shared/model";
import { fill, h } from "./dom";
import { duration, fullTime, shortTime } from "./time";
import { endOf } from "./view";

const SHOWN_AT_FIRST = 50;
const SHOWN_MORE = 100;

export interface ListActions {
  open(event: TimelineEvent): void;
  hover(sid: string | null): void;
  /** Null where nothing may be written. */
  close: ((event: TimelineEvent) => void) | null;
}

export class EventList {
  private events: TimelineEvent[] = [];
  private shown = SHOWN_AT_FIRST;
  private readonly rows = h("ul", { class: "events" });
  private readonly more = h("button", { type: "button", class: "more", onclick: () => this.showMore() });

  constructor(
    host: HTMLElement,
    private readonly actions: ListActions,
  ) {
    host.append(this.rows, this.more);
  }

  /** Another window begins with few rows again. */
  reset(): void {
    this.shown = SHOWN_AT_FIRST;
  }

  setEvents(events: TimelineEvent[]): void {
    this.events = events;
    this.draw();
  }

  private showMore(): void {
    const first = this.shown;
    this.shown += SHOWN_MORE;
    this.draw();
    this.rows.querySelectorAll<HTMLElement>("button.row")[first]?.focus();
  }

  private draw(): void {
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>("li[data-sid]")?.dataset["sid"];
    fill(this.rows, ...this.events.slice(0, this.shown).map((event) => this.row(event)));
    const left = this.events.length - this.shown;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(left, SHOWN_MORE)} more of ${left}`;
    if (focused) this.rows.querySelector<HTMLElement>(`li[data-sid="${CSS.escape(focused)}"] .row`)?.focus();
  }

  private row(event: TimelineEvent): HTMLLIElement {
    const ongoing = endOf(event) === Infinity;
    const { open, hover, close } = this.actions;
    const item = h(
      "li",
      { "data-sid": event.sid },
      h(
        "button",
        {
          type: "button", class: "row",
          onclick: () => open(event),
          onmouseenter: () => hover(event.sid), onmouseleave: () => hover(null),
          onfocus: () => hover(event.sid), onblur: () => hover(null),
        },
        h("span", { class: `kind ${event.type}` }, shapeSvg(event.type), h("span", {}, EVENT_LOOK[event.type].label)),
        h("time", { datetime: event.startedAt, title: fullTime(event.startedAt) }, shortTime(event.startedAt)),
        h("span", { class: "name" }, event.name),
        h("span", { class: "facts" }, ...facts(event, ongoing)),
      ),
    );
    if (ongoing && close) {
      item.append(h("button", { type: "button", class: "close-incident", onclick: () => close(event) }, "Close", h("span", { class: "hidden" }, ` ${event.name}`)));
    }
    return item;
  }
}

function facts(event: TimelineEvent, ongoing: boolean): HTMLElement[] {
  const found: HTMLElement[] = [];
  const add = (text: string, kind = "fact"): void => void found.push(h("span", { class: kind }, text));
  if (ongoing) add("ongoing", "fact ongoing");
  else if (event.endedAt) add(duration(endOf(event) - Date.parse(event.startedAt)));
  if (event.severity) add({ I: "information", W: "warning", E: "error", F: "fatal" }[event.severity], `fact severity-${event.severity}`);
  for (const sids of [event.bucketSids, event.environmentSids]) {
    if (sids && sids[0] !== "*") add(sids.length > 3 ? `${sids.slice(0, 3).join(", ")} +${sids.length - 3}` : sids.join(", "));
  }
  if (event.source) add(event.source, "fact source");
  return found;
}
