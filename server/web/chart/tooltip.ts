// What is known of the events at a mark: shown while it is pointed at or focused, or kept open to choose one of several.
import type { TimelineEvent } from "../shared/model";
import { EVENT_LOOK, shapeSvg } from "./look";
import type { Mark } from "./marks";
import type { Moments } from "./moments";
import type { PlacedEvent } from "./placed-events";
import { counted, spanLines } from "./wording";

export interface TooltipEvents {
  onOpen(event: TimelineEvent): void;
  onZoom(mark: Mark): void;
  onClose(): void;
}

const MOST_SHOWN = 5;
const MOST_CHOICES = 50;
const MOST_PLACES = 6;
const LONGEST_DESCRIPTION = 240;
const GAP_PIXELS = 8;
let tooltips = 0;

export class Tooltip {
  readonly root = document.createElement("div");
  #owner: HTMLElement | null = null;
  #shown: string | null = null;
  #choosing = false;

  constructor(
    readonly moments: Moments,
    readonly events: TooltipEvents,
    readonly nameOf: (sid: string) => string = (sid) => sid,
  ) {
    this.root.className = "timeline-tooltip";
    this.root.id = `timeline-tooltip-${++tooltips}`;
    this.root.hidden = true;
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.#close(event));
    this.root.addEventListener("focusout", ({ relatedTarget }) => {
      if (this.choosing && !this.root.contains(relatedTarget as Node | null)) this.hide();
    });
  }

  /** The first event of the mark that is told of; null while nothing is shown. */
  get shown(): string | null {
    return this.#shown;
  }

  /** Whether it is kept open for a choice. */
  get choosing(): boolean {
    return this.#choosing;
  }

  /** Tell of the events at `mark`, beside it. */
  tell(mark: Mark, owner: HTMLElement, now: number): void {
    this.hide();
    this.#owner = owner;
    this.root.setAttribute("role", "tooltip");
    owner.setAttribute("aria-describedby", this.root.id);
    const told = mark.events.length === 1 ? [this.#details(mark.events[0]!, now)] : this.#several(mark);
    this.#show(mark, owner, told);
  }

  /** Let one of the events at `mark` be chosen. */
  choose(mark: Mark, owner: HTMLElement): void {
    this.hide();
    this.#owner = owner;
    this.#choosing = true;
    this.root.setAttribute("role", "dialog");
    this.root.setAttribute("aria-label", `${mark.events.length} events`);
    this.#show(mark, owner, this.#choices(mark));
    this.root.querySelector<HTMLElement>("button")?.focus({ preventScroll: true });
  }

  hide(): void {
    this.#owner?.removeAttribute("aria-describedby");
    this.#owner = this.#shown = null;
    this.#choosing = false;
    this.root.hidden = true;
    this.root.removeAttribute("aria-label");
    this.root.replaceChildren();
  }

  #close(event: Event): void {
    event.stopPropagation();
    const owner = this.#owner;
    this.events.onClose();
    owner?.focus({ preventScroll: true });
  }

  #show(mark: Mark, owner: HTMLElement, content: HTMLElement[]): void {
    this.#shown = mark.events[0]!.event.sid;
    this.root.replaceChildren(...content);
    this.root.hidden = false;
    const room = this.root.parentElement!.getBoundingClientRect();
    const mine = owner.getBoundingClientRect();
    const x = mine.left + mine.width / 2 - room.left;
    const wide = this.root.offsetWidth;
    const beside = x + GAP_PIXELS + wide <= room.width ? x + GAP_PIXELS : x - GAP_PIXELS - wide;
    this.root.style.left = `${Math.max(0, Math.min(beside, room.width - wide))}px`;
  }

  #details(placed: PlacedEvent, now: number): HTMLElement {
    const { event } = placed;
    const details = block("timeline-event");
    details.append(heading(event), ...spanLines(placed, this.moments, now).map((text) => line("timeline-time", text)));
    for (const text of [event.source ? `from ${event.source}` : "", scopeOf(event, this.nameOf)].filter(Boolean)) {
      details.append(line("timeline-detail", text));
    }
    if (event.description) details.append(line("timeline-description", shortened(event.description)));
    return details;
  }

  #several(mark: Mark): HTMLElement[] {
    const foremost = foremostOf(mark, MOST_SHOWN);
    const shown = foremost.map((placed) => {
      const row = block("timeline-row");
      row.append(heading(placed.event), line("timeline-time", this.moments.short(placed.start)));
      return row;
    });
    const more = mark.events.length - foremost.length;
    return [line("timeline-count", counted(mark.counts)), ...shown, ...(more ? [line("timeline-detail", `and ${more} more`)] : [])];
  }

  #choices(mark: Mark): HTMLElement[] {
    const foremost = foremostOf(mark, MOST_CHOICES);
    const buttons = foremost.map(({ event, start }) => {
      const choice = button("timeline-choice", () => this.events.onOpen(event));
      choice.append(heading(event), line("timeline-time", this.moments.short(start)));
      return choice;
    });
    const more = mark.events.length - foremost.length;
    const count = line("timeline-count", more ? `${foremost.length} of ${mark.events.length} events, the gravest first` : counted(mark.counts));
    const apart = mark.events[0]!.start !== mark.events.at(-1)!.start;
    const zoom = button("timeline-choice timeline-zoom", () => this.events.onZoom(mark));
    zoom.textContent = "Zoom in on these";
    return [count, ...buttons, ...(apart ? [zoom] : [])];
  }
}

/** The newest first; where not all have room, the gravest before them, since the mark looks like those. */
function foremostOf({ events }: Mark, most: number): PlacedEvent[] {
  const newest = [...events].reverse();
  if (newest.length > most) newest.sort((one, other) => one.rank - other.rank);
  return newest.slice(0, most);
}

function heading(event: TimelineEvent): HTMLElement {
  const heading = block("timeline-name");
  const name = document.createElement("span");
  name.textContent = event.name;
  const kind = document.createElement("span");
  kind.className = "timeline-kind";
  kind.textContent = EVENT_LOOK[event.type].label;
  heading.append(shapeSvg(event.type), name, kind);
  return heading;
}

/** Where it applies to, by name; nothing where that is everywhere. */
function scopeOf({ bucketSids = ["*"], environmentSids = ["*"] }: TimelineEvent, nameOf: (sid: string) => string): string {
  return [bucketSids, environmentSids]
    .map((sids) => few(sids.filter((sid) => sid !== "*").map(nameOf)))
    .filter(Boolean)
    .join(", ");
}

function few(names: readonly string[]): string {
  const more = names.length - MOST_PLACES;
  return names.slice(0, MOST_PLACES).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function shortened(text: string): string {
  return text.length > LONGEST_DESCRIPTION ? `${text.slice(0, LONGEST_DESCRIPTION)}…` : text;
}

function block(name: string): HTMLElement {
  const made = document.createElement("div");
  made.className = name;
  return made;
}

function line(name: string, text: string): HTMLElement {
  const made = block(name);
  made.textContent = text;
  return made;
}

function button(name: string, onClick: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = name;
  made.addEventListener("click", onClick);
  return made;
}
