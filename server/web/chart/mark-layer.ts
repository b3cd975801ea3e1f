// The marks above the plots: one button each, of which one can be tabbed to and arrows lead to the others.
import { Calm } from "./calm";
import { shapeSvg } from "./look";
import { gravest, type Mark } from "./marks";
import type { Moments } from "./moments";
import { markName } from "./wording";

export interface MarkEvents {
  onPoint(mark: Mark): void;
  onLeave(): void;
  onActivate(mark: Mark): void;
  /** Keys that mean the chart and not a mark: `+`, `-`, Escape and so on. */
  onKey(event: KeyboardEvent, mark: Mark | null): void;
}

/** Sids that `data-sids` lists: enough to find an event by, too few to slow a frame. */
const MOST_SIDS = 50;
const STEPS: Record<string, (index: number, count: number) => number> = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};

export class MarkLayer {
  readonly root = document.createElement("div");
  readonly #buttons: HTMLButtonElement[] = [];
  readonly #calm = new Calm();
  #marks: readonly Mark[] = [];
  /** An event of the mark that can be tabbed to; its mark is that wherever it moves. */
  #current = "";

  constructor(
    readonly moments: Moments,
    readonly events: MarkEvents,
  ) {
    this.root.className = "timeline-marks";
    this.root.setAttribute("role", "group");
    this.root.addEventListener("keydown", (event) => this.#onKey(event));
    this.root.addEventListener("focusin", (event) => this.#onFocus(event));
    this.root.addEventListener("focusout", () => events.onLeave());
    this.root.addEventListener("click", (event) => this.#with(event, (mark) => events.onActivate(mark)));
    this.root.addEventListener("pointerover", (event) => this.#with(event, (mark) => events.onPoint(mark)));
    this.root.addEventListener("pointerleave", () => events.onLeave());
  }

  show(marks: readonly Mark[]): void {
    const focused = this.root.contains(document.activeElement);
    this.#marks = marks;
    // Without marks the keys that pan and zoom still need a place.
    this.root.tabIndex = marks.length ? -1 : 0;
    while (this.#buttons.length > marks.length) this.#buttons.pop()!.remove();
    marks.forEach((mark, index) => this.#place(mark, index));
    const current = this.#currentIndex();
    this.#buttons.forEach((button, index) => (button.tabIndex = index === current ? 0 : -1));
    if (focused) this.#focus(current);
    this.#calm.do(() => this.#name());
  }

  destroy(): void {
    this.#calm.cancel();
  }

  buttonOf(mark: Mark): HTMLButtonElement | undefined {
    return this.#buttons[this.#marks.indexOf(mark)];
  }

  highlight(highlighted: Mark | null): void {
    this.#buttons.forEach((button, index) => button.classList.toggle("highlighted", this.#marks[index] === highlighted));
  }

  #place(mark: Mark, index: number): void {
    const button = this.#buttons[index] ?? this.#add();
    button.style.left = `${mark.x}px`;
    dress(button, mark);
  }

  /** Say what each mark stands for. */
  #name(): void {
    const { length } = this.#marks;
    this.root.setAttribute("aria-label", length ? `Events on the timeline, ${length} marks` : "No events here");
    this.#marks.forEach((_, index) => this.#nameMark(index));
  }

  #nameMark(index: number): void {
    const button = this.#buttons[index]!;
    const mark = this.#marks[index]!;
    button.dataset.sid = mark.events[0]!.event.sid;
    button.dataset.sids = mark.events.slice(0, MOST_SIDS).map(({ event }) => event.sid).join(" ");
    button.setAttribute("aria-label", markName(mark, this.moments));
  }

  /** Named first, since its name is read out at once. */
  #focus(index: number): void {
    if (!this.#marks[index]) return;
    this.#nameMark(index);
    this.#buttons[index]!.focus({ preventScroll: true });
  }

  #add(): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "mark";
    const count = document.createElement("span");
    count.className = "mark-count";
    button.append(count, shapeSvg("custom"));
    this.#buttons.push(button);
    this.root.append(button);
    return button;
  }

  #currentIndex(): number {
    const current = this.#current;
    return Math.max(0, current ? this.#marks.findIndex(({ events }) => events.some(({ event }) => event.sid === current)) : 0);
  }

  #markAt(target: EventTarget | null): Mark | null {
    const button = target instanceof Element ? target.closest("button") : null;
    return this.#marks[this.#buttons.indexOf(button as HTMLButtonElement)] ?? null;
  }

  #with(event: Event, act: (mark: Mark) => void): void {
    const mark = this.#markAt(event.target);
    if (mark) act(mark);
  }

  #onFocus(event: Event): void {
    this.#with(event, (mark) => {
      this.#current = mark.events[0]!.event.sid;
      this.#buttons.forEach((button) => (button.tabIndex = button === event.target ? 0 : -1));
      this.events.onPoint(mark);
    });
  }

  #onKey(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (!step || event.shiftKey || event.ctrlKey || event.metaKey || event.altKey) {
      this.events.onKey(event, this.#markAt(event.target));
      return;
    }
    event.preventDefault();
    const from = this.#buttons.indexOf(document.activeElement as HTMLButtonElement);
    this.#buttons[step(from, this.#buttons.length)]?.focus({ preventScroll: true });
  }
}

function dress(button: HTMLButtonElement, mark: Mark): void {
  const { events, earlier } = mark;
  const [count, shape] = button.children;
  const several = events.length > 1 ? shortCount(events.length) : "";
  const text = `${earlier ? "‹" : ""}${several}`;
  if (count!.textContent !== text) count!.textContent = text;
  button.classList.toggle("mark-several", several !== "");
  const type = gravest(mark);
  if (button.dataset.type === type) return;
  button.dataset.type = type;
  shape!.replaceWith(shapeSvg(type));
}

function shortCount(count: number): string {
  if (count < 1_000) return `${count}`;
  const thousands = count / 1_000;
  return `${thousands < 10 ? Math.floor(thousands * 10) / 10 : Math.floor(thousands)}k`;
}
