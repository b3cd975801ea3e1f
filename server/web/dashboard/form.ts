// Fields of forms, with the server's words beside the field that they are about.

import { h } from "./dom";
import { Refusal } from "./api";

export type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Found before anything was sent. */
export class Unfit extends Error {
  constructor(
    readonly field: string,
    message: string,
  ) {
    super(message);
  }
}

export class Fields {
  private readonly problems = new Map<string, { control: HTMLElement; problem: HTMLElement }>();
  private readonly general = h("p", { class: "problem", role: "alert" });

  constructor(private readonly prefix: string) {}

  /** A labelled control for the API's field of that name. */
  field(name: string, label: string, control: Control, hint?: string): HTMLElement {
    const id = `${this.prefix}-${name}`;
    const problem = h("p", { class: "problem", id: `${id}-problem` });
    control.id = id;
    control.name = name;
    control.setAttribute("aria-describedby", hint ? `${id}-problem ${id}-hint` : `${id}-problem`);
    this.problems.set(name, { control, problem });
    return h("div", { class: "field" }, h("label", { for: id }, label), control,
      hint ? h("p", { class: "quiet", id: `${id}-hint` }, hint) : null, problem);
  }

  /** Several controls that make up the API's field of that name, under one label. */
  group(name: string, label: string, controls: HTMLElement[], hint: string): HTMLElement {
    const id = `${this.prefix}-${name}`;
    const problem = h("p", { class: "problem", id: `${id}-problem` });
    const element = h("fieldset", { id, tabindex: "-1", "aria-describedby": `${id}-problem ${id}-hint` },
      h("legend", {}, label), h("div", { class: "checks" }, ...controls), h("p", { class: "quiet", id: `${id}-hint` }, hint), problem);
    this.problems.set(name, { control: element, problem });
    return element;
  }

  /** Where problems go that belong to no field. */
  rest(): HTMLElement {
    return this.general;
  }

  clear(): void {
    this.general.textContent = "";
    for (const { control, problem } of this.problems.values()) {
      problem.textContent = "";
      control.removeAttribute("aria-invalid");
    }
  }

  /** Whatever went wrong, where it belongs. */
  tell(error: unknown): void {
    if (error instanceof Unfit) this.refuse(error.field, error.message);
    else if (error instanceof Refusal) this.show(error);
    else this.refuse("", error instanceof Error ? error.message : String(error));
  }

  /** One problem. */
  refuse(name: string, message: string): void {
    const found = this.problems.get(name);
    if (!found) {
      this.general.textContent = message;
      return;
    }
    found.problem.textContent = message;
    found.control.setAttribute("aria-invalid", "true");
    found.control.focus();
  }

  /** What the server refused: each detail at its field, the rest below. `tags.Region` belongs to `tags`. */
  show(refusal: Refusal): void {
    this.clear();
    const left = refusal.details.filter(({ field, message }) => {
      const name = field.split(/[.[]/)[0] ?? field;
      if (!this.problems.has(name)) return true;
      this.refuse(name, message);
      return false;
    });
    if (!refusal.details.length) this.general.textContent = refusal.message;
    else if (left.length) this.general.textContent = left.map(({ field, message }) => `${field}: ${message}`).join("; ");
  }
}

export function choice(options: [string, string][], chosen: string): HTMLSelectElement {
  const made = h("select", {}, ...options.map(([value, label]) => h("option", { value }, label)));
  made.value = chosen;
  return made;
}

export function check(id: string, label: string, value: string, checked: boolean): { element: HTMLElement; box: HTMLInputElement } {
  const box = h("input", { type: "checkbox", id, value });
  box.checked = checked;
  return { element: h("span", { class: "check" }, box, h("label", { for: id }, label)), box };
}

/** `a, b` as a list; nothing as null. */
export function splitList(text: string): string[] | null {
  const parts = text.split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length ? parts : null;
}

/** Lines `key=value` as an object; a line without `=` is an error. */
export function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`"${line}" is no pair; write one a line, such as service=checkout`);
    pairs[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return pairs;
}

export function formatPairs(pairs: Record<string, string>): string {
  return Object.entries(pairs).map(([key, value]) => `${key}=${value}`).join("\n");
}

/** Lines `key~value;value` as tags, each key with its values. */
export function parseTags(text: string): Record<string, string[]> | null {
  const tags: Record<string, string[]> = {};
  for (const line of text.split("\n").map((one) => one.trim()).filter(Boolean)) {
    const at = line.indexOf("~");
    if (at < 1) throw new Error(`"${line}" is no tag; write one key a line, such as Environment~Prod;Dev`);
    tags[line.slice(0, at).trim()] = line.slice(at + 1).split(";").map((value) => value.trim()).filter(Boolean);
  }
  return Object.keys(tags).length ? tags : null;
}

export function formatTags(tags: Record<string, string[]> | null | undefined): string {
  return Object.entries(tags ?? {}).map(([key, values]) => `${key}~${values.join(";")}`).join("\n");
}
