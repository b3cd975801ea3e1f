// Creating and editing an event, in a dialog.

import { EVENT_LOOK } from "../chart/look";
import { EVENT_TYPES, SEVERITIES, type TimelineEvent } from "../shared/model";
import { type Api, type EventFields, Refusal, type Versioned } from "./api";
import { type Dialog, openDialog } from "./dialog";
import { fill, h } from "./dom";
import { choice, Fields, formatTags, parseTags, Unfit } from "./form";
import type { Places } from "./places";
import { type ScopeChoice, scopeChoice } from "./scopes";
import { fromLocalInput, toLocalInput, ZONE } from "./time";
import { iso } from "./view";

/** Opens the form; `saved` gets the event as it is kept. Without `stored` a new one is made. `again` opens it with the newest version. */
export function openEventForm(api: Api, places: Places, stored: Versioned | null, saved: (event: TimelineEvent) => void, again?: () => void): void {
  const form = new EventForm(places, stored?.event ?? null);
  const dialog = openDialog(stored ? "Edit event" : "New event");
  const send = async (etag: string | null): Promise<void> => {
    form.begin();
    try {
      const fields = form.read();
      const event = stored ? (await api.change(stored.event.sid, fields, etag)).event : await api.create(fields);
      dialog.close();
      saved(event);
    } catch (error) {
      if (error instanceof Refusal && error.status === 412) form.conflict(() => void send(null), () => leave(dialog, again));
      else form.fields.tell(error);
    }
    form.button.disabled = false;
  };
  const submit = (submitted: Event): void => {
    submitted.preventDefault();
    void send(stored?.etag ?? null);
  };
  dialog.body.append(form.element(submit, dialog.close));
  form.name.focus();
}

function leave(dialog: Dialog, then: (() => void) | undefined): void {
  dialog.close();
  then?.();
}

class EventForm {
  readonly fields = new Fields("event");
  readonly button: HTMLButtonElement;
  readonly name: HTMLInputElement;
  readonly #conflict = h("div", { class: "conflict", role: "alert" });
  readonly #type: HTMLSelectElement;
  readonly #description: HTMLTextAreaElement;
  readonly #startedAt: HTMLInputElement;
  readonly #endedAt: HTMLInputElement;
  readonly #buckets: ScopeChoice;
  readonly #environments: ScopeChoice;
  readonly #source: HTMLInputElement;
  readonly #severity: HTMLSelectElement;
  readonly #tags: HTMLTextAreaElement;
  readonly #metadata: HTMLTextAreaElement;

  constructor(
    places: Places,
    private readonly event: TimelineEvent | null,
  ) {
    this.button = h("button", { class: "primary" }, event ? "Save" : "Create event");
    this.name = input(event?.name);
    this.#type = choice(EVENT_TYPES.map((one) => [one, EVENT_LOOK[one].label]), event?.type ?? "deployment");
    this.#description = area(event?.description ?? "", "3");
    this.#startedAt = time(event?.startedAt);
    this.#endedAt = time(event?.endedAt);
    this.#buckets = scopeChoice(this.fields, "bucketSids", "Buckets", places, event?.bucketSids);
    this.#environments = scopeChoice(this.fields, "environmentSids", "Environments", places, event?.environmentSids);
    this.#source = input(event?.source);
    this.#severity = choice([["", "not set"], ...Object.entries(SEVERITIES)], event?.severity ?? "");
    this.#tags = area(formatTags(event?.tags), "2");
    this.#metadata = area(event?.metadata ? JSON.stringify(event.metadata, null, 2) : "", "3");
  }

  element(submit: (event: Event) => void, cancel: () => void): HTMLFormElement {
    const { fields } = this;
    return h("form", { onsubmit: submit, novalidate: true },
      h("div", { class: "columns narrow-first" }, fields.field("type", "Type", this.#type), fields.field("name", "Name", this.name)),
      fields.field("description", "Description", this.#description),
      h("div", { class: "columns" },
        fields.field("startedAt", "Started", this.#startedAt, `${this.event ? "" : "empty means now; "}times in ${ZONE}`),
        fields.field("endedAt", "Ended", this.#endedAt, "empty for a moment or an ongoing incident")),
      h("div", { class: "columns" }, this.#buckets.element, this.#environments.element),
      h("details", { open: this.#hasMore() }, h("summary", {}, "Source, severity, tags, metadata"),
        h("div", { class: "columns" }, fields.field("source", "Source", this.#source, "such as manual"), fields.field("severity", "Severity", this.#severity)),
        fields.field("tags", "Tags", this.#tags, "a key a line: Environment~Prod;Dev"),
        fields.field("metadata", "Metadata", this.#metadata, "a JSON object")),
      fields.rest(), this.#conflict,
      h("div", { class: "actions" }, h("button", { type: "button", onclick: cancel }, "Cancel"), this.button));
  }

  begin(): void {
    this.fields.clear();
    fill(this.#conflict);
    this.button.disabled = true;
  }

  /** What to send; of an event that is there, only what was changed. */
  read(): EventFields {
    if (!this.name.value.trim()) throw new Unfit("name", "write a name, such as Deploy checkout v2.3.1");
    const fields: EventFields = {
      type: this.#type.value,
      name: this.name.value,
      description: this.#description.value || null,
      startedAt: moment(this.#startedAt, this.event?.startedAt),
      endedAt: moment(this.#endedAt, this.event?.endedAt),
      bucketSids: this.#buckets.read(),
      environmentSids: this.#environments.read(),
      source: this.#source.value || null,
      severity: this.#severity.value || null,
      tags: parsed("tags", () => parseTags(this.#tags.value)),
      metadata: parsed("metadata", () => parseObject(this.#metadata.value)),
    };
    return this.event ? changedFields(fields, this.event) : withoutEmpty(fields);
  }

  /** Somebody was faster. Only what was changed here is sent, so both changes can stand. */
  conflict(overwrite: () => void, look: () => void): void {
    fill(this.#conflict, h("p", {}, "Somebody else changed this event in the meantime."),
      h("button", { type: "button", onclick: overwrite }, "Save what I changed, too"),
      h("button", { type: "button", onclick: look }, "Drop it and show theirs"));
  }

  #hasMore(): boolean {
    const { event } = this;
    return Boolean(event && (event.source || event.severity || event.tags || event.metadata));
  }
}

/** Seconds are what the field shows: a moment that wasn't touched keeps its milliseconds. */
function moment(control: HTMLInputElement, before: string | null | undefined): string | null {
  if (before && control.value === toLocalInput(Date.parse(before))) return before;
  const found = fromLocalInput(control.value);
  return found === null ? null : iso(found);
}

function parsed(field: string, parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    throw new Unfit(field, error instanceof SyntaxError ? 'this is no JSON object; write one such as {"commit": "a1b2c3"}' : (error as Error).message);
  }
}

function parseObject(text: string): unknown {
  return text.trim() ? (JSON.parse(text) as unknown) : null;
}

/** Only what differs from the event as it was. */
export function changedFields(fields: EventFields, event: TimelineEvent): EventFields {
  const before = event as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name] ?? null)),
  );
}

/** Of a new event, what was filled in: the rest is the server's to choose, the token's own scope too. */
export function withoutEmpty(fields: EventFields): EventFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && JSON.stringify(value) !== '["*"]'));
}

function input(value: string | null | undefined): HTMLInputElement {
  const made = h("input", { type: "text", autocomplete: "off" });
  made.value = value ?? "";
  return made;
}

function area(value: string, rows: string): HTMLTextAreaElement {
  const made = h("textarea", { rows, spellcheck: "false" });
  made.value = value;
  return made;
}

function time(moment: string | null | undefined): HTMLInputElement {
  const made = h("input", { type: "datetime-local", step: "1" });
  made.value = moment ? toLocalInput(Date.parse(moment)) : "";
  return made;
}
