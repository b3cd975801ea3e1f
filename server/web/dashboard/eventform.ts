// Creating and editing an event, in a dialog.

import { EVENT_LOOK } from "../chart/look";
import { EVENT_TYPES, type TimelineEvent } from "../shared/model";
import { type Api, type EventFields, type Place, Refusal, type Versioned } from "./api";
import { openDialog } from "./dialog";
import { h } from "./dom";
import { Fields, formatTags, parseTags, splitList } from "./form";
import { fromLocalInput, toLocalInput, ZONE } from "./time";
import { iso } from "./view";

export interface KnownPlaces {
  buckets: Place[];
  environments: Place[];
}

class Unfit extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

/** Opens the form; `saved` gets the event as it is kept. Without `stored` a new one is made. */
export function openEventForm(api: Api, places: KnownPlaces, stored: Versioned | null, saved: (event: TimelineEvent) => void): void {
  const form = new EventForm(places, stored?.event ?? null);
  const dialog = openDialog(stored ? "Edit event" : "New event");
  const submit = async (submitted: Event): Promise<void> => {
    submitted.preventDefault();
    form.fields.clear();
    form.button.disabled = true;
    try {
      const fields = form.read();
      const event = stored ? await api.change(stored.event.sid, fields, stored.etag) : await api.create(fields);
      dialog.close();
      saved(event);
    } catch (error) {
      form.refuse(error);
    } finally {
      form.button.disabled = false;
    }
  };
  dialog.body.append(form.element((event) => void submit(event), dialog.close));
  form.name.focus();
}

class EventForm {
  readonly fields = new Fields("event");
  readonly button: HTMLButtonElement;
  readonly name: HTMLInputElement;
  private readonly type: HTMLSelectElement;
  private readonly description: HTMLTextAreaElement;
  private readonly startedAt: HTMLInputElement;
  private readonly endedAt: HTMLInputElement;
  private readonly buckets: HTMLInputElement;
  private readonly environments: HTMLInputElement;
  private readonly source: HTMLInputElement;
  private readonly severity: HTMLSelectElement;
  private readonly tags: HTMLTextAreaElement;
  private readonly metadata: HTMLTextAreaElement;

  constructor(
    private readonly places: KnownPlaces,
    private readonly event: TimelineEvent | null,
  ) {
    const { type, severity } = { type: event?.type ?? "deployment", severity: event?.severity ?? "" };
    this.button = h("button", { class: "primary" }, event ? "Save" : "Create event");
    this.name = input(event?.name, { required: true, maxlength: "256", autocomplete: "off" });
    this.type = choice(EVENT_TYPES.map((one) => [one, EVENT_LOOK[one].label]), type);
    this.description = area(event?.description ?? "", "3");
    this.startedAt = time(event?.startedAt);
    this.endedAt = time(event?.endedAt);
    this.buckets = input(scopeText(event?.bucketSids), { list: "known-buckets", autocomplete: "off" });
    this.environments = input(scopeText(event?.environmentSids), { list: "known-environments", autocomplete: "off" });
    this.source = input(event?.source ?? "", { maxlength: "128", autocomplete: "off" });
    this.severity = choice([["", "not set"], ["I", "information"], ["W", "warning"], ["E", "error"], ["F", "fatal"]], severity);
    this.tags = area(formatTags(event?.tags), "2");
    this.metadata = area(event?.metadata ? JSON.stringify(event.metadata, null, 2) : "", "3");
  }

  element(submit: (event: Event) => void, cancel: () => void): HTMLFormElement {
    const one = this.fields;
    const zone = `in your time zone, ${ZONE}`;
    return h("form", { onsubmit: submit, novalidate: true },
      one.field("type", "Type", this.type),
      one.field("name", "Name", this.name),
      one.field("description", "Description", this.description),
      h("div", { class: "columns" },
        one.field("startedAt", "Started", this.startedAt, this.event ? zone : `${zone}; empty: now`),
        one.field("endedAt", "Ended", this.endedAt, "empty: a moment, or an incident that goes on")),
      h("div", { class: "columns" },
        one.field("bucketSids", "Buckets", this.buckets, "SIDs or names, with commas; empty: all"),
        one.field("environmentSids", "Environments", this.environments, "empty: all")),
      h("details", { open: this.hasMore() }, h("summary", {}, "More"),
        h("div", { class: "columns" }, one.field("source", "Source", this.source), one.field("severity", "Severity", this.severity)),
        one.field("tags", "Tags", this.tags, "one key a line: Environment~Prod;Dev"),
        one.field("metadata", "Metadata", this.metadata, "a JSON object")),
      known("known-buckets", this.places.buckets), known("known-environments", this.places.environments),
      one.rest(),
      h("div", { class: "actions" }, h("button", { type: "button", onclick: cancel }, "Cancel"), this.button));
  }

  /** What to send; of an event that is there, only what was changed. */
  read(): EventFields {
    const fields: EventFields = {
      type: this.type.value,
      name: this.name.value,
      description: this.description.value || null,
      startedAt: this.moment(this.startedAt, this.event?.startedAt),
      endedAt: this.moment(this.endedAt, this.event?.endedAt),
      bucketSids: splitList(this.buckets.value) ?? ["*"],
      environmentSids: splitList(this.environments.value) ?? ["*"],
      source: this.source.value || null,
      severity: this.severity.value || null,
      tags: this.parsed("tags", () => parseTags(this.tags.value)),
      metadata: this.parsed("metadata", () => (this.metadata.value.trim() ? (JSON.parse(this.metadata.value) as unknown) : null)),
    };
    if (!this.name.value.trim()) throw new Unfit("name", "write a name, such as Deploy checkout v2.3.1");
    return this.event ? changedFields(fields, this.event) : withoutEmpty(fields);
  }

  refuse(error: unknown): void {
    if (error instanceof Unfit) this.fields.refuse(error.field, error.message);
    else if (error instanceof Refusal && error.status === 412) {
      this.fields.refuse("", "Somebody else changed this event in the meantime. Close this and open it again to see how.");
    } else if (error instanceof Refusal) this.fields.show(error);
    else this.fields.refuse("", String(error));
  }

  private hasMore(): boolean {
    const event = this.event;
    return Boolean(event && (event.source || event.severity || event.tags || event.metadata));
  }

  /** Seconds are what the field shows: a moment that wasn't touched keeps its milliseconds. */
  private moment(control: HTMLInputElement, before: string | null | undefined): string | null {
    if (before && control.value === toLocalInput(Date.parse(before))) return before;
    const moment = fromLocalInput(control.value);
    return moment === null ? null : iso(moment);
  }

  private parsed(field: string, parse: () => unknown): unknown {
    try {
      return parse();
    } catch (error) {
      throw new Unfit(field, error instanceof SyntaxError ? "this is no JSON object; write one such as {\"commit\": \"a1b2c3\"}" : (error as Error).message);
    }
  }
}

/** Only what differs from the event as it was. */
export function changedFields(fields: EventFields, event: TimelineEvent): EventFields {
  const before = event as unknown as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name] ?? null)),
  );
}

function withoutEmpty(fields: EventFields): EventFields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => value !== null && !(name.endsWith("Sids") && (value as string[])[0] === "*")));
}

function scopeText(sids: string[] | undefined): string {
  return !sids || sids[0] === "*" ? "" : sids.join(", ");
}

function input(value: string | undefined, attributes: Record<string, string | boolean>): HTMLInputElement {
  const made = h("input", { type: "text", ...attributes });
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

export function choice(options: [string, string][], chosen: string): HTMLSelectElement {
  const made = h("select", {}, ...options.map(([value, label]) => h("option", { value }, label)));
  made.value = chosen;
  return made;
}

function known(id: string, places: Place[]): HTMLDataListElement {
  return h("datalist", { id }, ...places.map((place) => h("option", { value: place.name })));
}
