// One event whole, and what may be done about it.
import { shapeSvg, type Moments } from "../chart";
import type { TimelineEvent } from "../shared/model";
import { editor } from "./editor";
import { button, element } from "./elements";
import { facts } from "./facts";
import { closing, proposal } from "./proposal";
import { WallClock } from "./wall-clock";

export interface DetailActions {
  /** The whole record of an event, as far as it can be had. */
  fetch(sid: string): Promise<TimelineEvent | string>;
  /** Put words before the user, to be sent in the user's name; says whether the host took them. */
  send(text: string): Promise<boolean>;
  now(): number;
}

export class Details {
  readonly root = element("section", { className: "details" });
  readonly #body = element("div");
  readonly #proposal = element("div", { className: "proposal" });
  readonly #clock: WallClock;
  /** Counts what is opened and closed, so that an answer knows whether it is still waited for. */
  #turn = 0;
  /** What the keyboard comes back to. */
  #before: Element | null = null;

  constructor(
    readonly moments: Moments,
    readonly actions: DetailActions,
  ) {
    this.#clock = new WallClock(moments.timeZone);
    this.root.hidden = true;
    this.root.tabIndex = -1;
    this.root.append(this.#body, this.#proposal);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  async open(event: TimelineEvent): Promise<void> {
    const turn = ++this.#turn;
    if (!this.root.contains(document.activeElement)) this.#before = document.activeElement;
    this.#show(event, "Reading the rest …");
    this.root.hidden = false;
    this.root.focus({ preventScroll: false });
    const whole = await this.actions.fetch(event.sid);
    if (turn !== this.#turn) return;
    if (typeof whole === "string") this.#show(event, whole);
    else this.#show(whole, this.#buttons(whole));
  }

  close(): void {
    this.#turn++;
    this.root.hidden = true;
    if (this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
  }

  /** Below it stands what may be done about it or, before all of it is there, a remark: a form made from less would not outlive the rest. */
  #show(event: TimelineEvent, below: HTMLElement | string): void {
    const held = this.root.contains(document.activeElement);
    this.root.setAttribute("aria-label", `Event: ${event.name}`);
    this.#proposal.replaceChildren();
    const heading = element("h2", {}, shapeSvg(event.type), ` ${event.name}`);
    const close = button("Close details", () => this.close(), "quiet");
    this.#body.replaceChildren(
      element("div", { className: "details-head" }, heading, close),
      facts(event, this.moments, this.actions.now()),
      ...(event.description ? [element("p", { className: "description" }, event.description)] : []),
      ...(event.metadata ? [metadataOf(event.metadata)] : []),
      typeof below === "string" ? element("p", { className: "remark" }, below) : below,
    );
    // The keyboard may have been on what was replaced.
    if (held && !this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true });
  }

  #buttons(event: TimelineEvent): HTMLElement {
    const buttons = element("div", { className: "actions" });
    if (event.type === "incident" && !event.endedAt) {
      buttons.append(button("Close incident …", () => this.#propose(closing(event.sid, this.actions.now()))));
    }
    buttons.append(button("Edit …", () => this.#edit(event)));
    return buttons;
  }

  #edit(event: TimelineEvent): void {
    const form = editor(event, this.#clock, (change) => this.#propose(proposal(event.sid, change)));
    this.#proposal.replaceChildren(form);
    form.querySelector("input")?.focus();
  }

  /** Show what would be sent, and send it when the user says so. */
  #propose(text: string | null): void {
    if (text === null) {
      this.#proposal.replaceChildren(element("p", { className: "remark" }, "Nothing was changed."));
      return;
    }
    const words = element("textarea", { value: text });
    words.readOnly = true;
    words.rows = 4;
    words.setAttribute("aria-label", "What is sent to the assistant");
    const told = element("p", { className: "remark" });
    told.setAttribute("role", "status");
    const send = button("Send to the conversation", async () => {
      send.disabled = true;
      const taken = await this.actions.send(text);
      told.textContent = taken ? "Sent. The assistant goes on from here." : "This host takes no messages: copy the text into the conversation.";
      send.disabled = false;
      if (!taken) words.select();
    });
    this.#proposal.replaceChildren(words, element("div", { className: "actions" }, send), told);
    send.focus();
  }
}

/** Long ones scroll, which the keyboard has to reach. */
function metadataOf(metadata: Record<string, unknown>): HTMLElement {
  const shown = element("pre", {}, JSON.stringify(metadata, null, 2));
  shown.tabIndex = 0;
  shown.setAttribute("role", "group");
  shown.setAttribute("aria-label", "Metadata");
  return shown;
}
