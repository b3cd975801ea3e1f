// One event whole, and what may be done about it.
import { Moments, shapeSvg, EVENT_LOOK, duration, utc } from "../chart";
import type { TimelineEvent } from "../shared/model";
import { editor } from "./editor";
import { button, element } from "./elements";
import { closing, proposal } from "./proposal";

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
  #shown: string | null = null;
  /** What the keyboard comes back to. */
  #before: Element | null = null;

  constructor(
    readonly moments: Moments,
    readonly actions: DetailActions,
  ) {
    this.root.hidden = true;
    this.root.tabIndex = -1;
    this.root.append(this.#body, this.#proposal);
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
  }

  async open(event: TimelineEvent): Promise<void> {
    this.#shown = event.sid;
    if (!this.root.contains(document.activeElement)) this.#before = document.activeElement;
    this.#show(event, "Reading the rest …");
    this.root.hidden = false;
    this.root.focus({ preventScroll: false });
    const whole = await this.actions.fetch(event.sid);
    if (this.#shown !== event.sid) return;
    if (typeof whole === "string") this.#show(event, whole);
    else this.#show(whole, "");
  }

  close(): void {
    this.#shown = null;
    this.root.hidden = true;
    if (this.#before instanceof HTMLElement) this.#before.focus({ preventScroll: true });
  }

  #show(event: TimelineEvent, remark: string): void {
    this.root.setAttribute("aria-label", `Event: ${event.name}`);
    this.#proposal.replaceChildren();
    const heading = element("h2", {}, shapeSvg(event.type), ` ${event.name}`);
    const close = button("Close details", () => this.close(), "quiet");
    this.#body.replaceChildren(
      element("div", { className: "details-head" }, heading, close),
      facts(factsOf(event, this.moments, this.actions.now())),
      ...(event.description ? [element("p", { className: "description" }, event.description)] : []),
      ...(event.metadata ? [metadataOf(event.metadata)] : []),
      ...(remark ? [element("p", { className: "remark" }, remark)] : []),
      this.#buttons(event),
    );
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
    const form = editor(event, (change) => this.#propose(proposal(event.sid, change)));
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

function factsOf(event: TimelineEvent, moments: Moments, now: number): [string, string][] {
  const start = Date.parse(event.startedAt);
  const end = event.endedAt ? Date.parse(event.endedAt) : null;
  const ongoing = event.type === "incident" && end === null;
  const scope = [...(event.bucketSids ?? []), ...(event.environmentSids ?? [])].filter((sid) => sid !== "*");
  const tags = Object.entries(event.tags ?? {}).map(([key, values]) => `${key}: ${values.join(", ")}`);
  const all: [string, string][] = [
    ["Type", EVENT_LOOK[event.type].label],
    ["Began", `${moments.full(start)} · ${utc(start)}`],
    ["Ended", end === null ? (ongoing ? `ongoing for ${duration(Math.max(0, now - start))}` : "") : `${moments.full(end)} · after ${duration(end - start)}`],
    ["Source", event.source ?? ""],
    ["Severity", event.severity ?? ""],
    ["Applies to", scope.join(", ")],
    ["Tags", tags.join("; ")],
    ["SID", event.sid],
  ];
  return all.filter(([, text]) => text !== "");
}

function facts(told: [string, string][]): HTMLElement {
  return element("dl", {}, ...told.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]));
}
