// What an event applies to, or a token reaches: a choice among the registered places. Where none is registered every SID is taken as it
// comes, so then it is a text.

import { h } from "./dom";
import { check, type Fields, splitList } from "./form";
import { isEverywhere, type Places, type ScopeField } from "./places";

export interface ScopeChoice {
  element: HTMLElement;
  /** `["*"]` where nothing is chosen. */
  read(): string[];
}

const HINT = "none chosen: all";

export function scopeChoice(fields: Fields, name: ScopeField, label: string, places: Places, chosen: readonly string[] | undefined): ScopeChoice {
  const now = isEverywhere(chosen) ? [] : chosen!;
  return places.of(name).length ? boxes(fields, name, label, places, now) : text(fields, name, label, now);
}

function boxes(fields: Fields, name: ScopeField, label: string, places: Places, chosen: readonly string[]): ScopeChoice {
  // A SID whose place was deleted stays in the event's scope.
  const sids = new Set([...places.of(name).map(({ sid }) => sid), ...chosen]);
  const made = [...sids].map((sid) => check(`${name}-${sid}`, places.name(sid), sid, chosen.includes(sid)));
  const read = (): string[] => orAll(made.filter(({ box }) => box.checked).map(({ box }) => box.value));
  return { element: fields.group(name, label, made.map(({ element }) => element), HINT), read };
}

function text(fields: Fields, name: ScopeField, label: string, chosen: readonly string[]): ScopeChoice {
  const input = h("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  input.value = chosen.join(", ");
  return { element: fields.field(name, label, input, "with commas between; empty: all"), read: () => orAll(splitList(input.value) ?? []) };
}

function orAll(sids: string[]): string[] {
  return sids.length ? sids : ["*"];
}
