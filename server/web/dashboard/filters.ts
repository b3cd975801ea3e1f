// The bar above the charts: the window of time and the filters.

import { EVENT_LOOK } from "../chart/look";
import { EVENT_TYPES } from "../shared/model";
import { h } from "./dom";
import { choice, type KnownPlaces } from "./eventform";
import { fromLocalInput, toLocalInput, ZONE } from "./time";
import { filterCount, PRESETS, type Preset, type View, type Window, windowOf } from "./view";

const TYPING_MILLISECONDS = 350;
const FEWEST_CHARACTERS = 3;

export interface FilterActions {
  change(part: Partial<View>): void;
  back: (() => void) | null;
}

/** Drawn anew whenever the view changes from elsewhere. */
export function filterBar(view: View, places: KnownPlaces, actions: FilterActions): HTMLElement {
  return h("form", { class: "filters", role: "search", "aria-label": "Window and filters", onsubmit: (event) => event.preventDefault() },
    ranges(view, actions), exact(view, actions), types(view, actions),
    place("bucketSid", "Bucket", view, places.buckets.map((one) => [one.sid, one.name]), actions),
    place("environmentSid", "Environment", view, places.environments.map((one) => [one.sid, one.name]), actions),
    words("source", "Source", view, actions, 1), words("message", "Text", view, actions, FEWEST_CHARACTERS),
    filterCount(view) ? h("button", { type: "button", class: "link", onclick: () => actions.change({ types: [], bucketSid: "", environmentSid: "", source: "", message: "" }) }, "Clear filters") : null);
}

function ranges(view: View, { change, back }: FilterActions): HTMLElement {
  const names = Object.keys(PRESETS) as Preset[];
  return h("div", { class: "group", role: "group", "aria-label": "Window" },
    ...names.map((name) => h("button", { type: "button", "aria-pressed": String(view.range === name), onclick: () => change({ range: name }) }, name)),
    back ? h("button", { type: "button", onclick: back }, "Zoom out") : null);
}

function exact(view: View, { change }: FilterActions): HTMLElement {
  const { start, end } = windowOf(view.range, Date.now());
  const from = moment("Start", start);
  const to = moment("End", end);
  const problem = h("p", { class: "problem", role: "alert" });
  const apply = (): void => {
    const found: Partial<Window> = { start: fromLocalInput(from.value) ?? Number.NaN, end: fromLocalInput(to.value) ?? Number.NaN };
    if (!(found.start! < found.end!)) problem.textContent = "The start has to lie before the end.";
    else change({ range: found as Window });
  };
  return h("details", { class: "exact", open: typeof view.range !== "string" },
    h("summary", {}, "Exact times"),
    h("div", { class: "group" }, from, h("span", { "aria-hidden": "true" }, "–"), to, h("button", { type: "button", onclick: apply }, "Show")),
    h("p", { class: "quiet" }, `In ${ZONE}.`), problem);
}

function moment(label: string, milliseconds: number): HTMLInputElement {
  const made = h("input", { type: "datetime-local", step: "1", "aria-label": label });
  made.value = toLocalInput(milliseconds);
  return made;
}

function types(view: View, { change }: FilterActions): HTMLElement {
  const toggle = (type: (typeof EVENT_TYPES)[number]): void =>
    change({ types: view.types.includes(type) ? view.types.filter((one) => one !== type) : [...view.types, type] });
  return h("div", { class: "group types", role: "group", "aria-label": "Types" },
    ...EVENT_TYPES.map((type) => h("button", { type: "button", class: `kind ${type}`, "aria-pressed": String(view.types.includes(type)), onclick: () => toggle(type) }, EVENT_LOOK[type].label)));
}

/** A choice among the registered ones; a text where there are none, since then every SID is taken as it comes. */
function place(name: "bucketSid" | "environmentSid", label: string, view: View, known: [string, string][], actions: FilterActions): HTMLElement {
  if (!known.length) return words(name, label, view, actions, 1);
  const options: [string, string][] = [["", `${label}: all`], ...known];
  if (view[name] && !known.some(([sid]) => sid === view[name])) options.push([view[name], view[name]]);
  const made = choice(options, view[name]);
  made.setAttribute("aria-label", label);
  made.addEventListener("change", () => actions.change({ [name]: made.value }));
  return made;
}

function words(name: "source" | "message" | "bucketSid" | "environmentSid", label: string, view: View, { change }: FilterActions, fewest: number): HTMLElement {
  const made = h("input", { type: "search", id: `filter-${name}`, "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false" });
  made.value = view[name];
  let timer: number | undefined;
  made.addEventListener("input", () => {
    clearTimeout(timer);
    const value = made.value.trim();
    if (value === "" || value.length >= fewest) timer = setTimeout(() => change({ [name]: value }), TYPING_MILLISECONDS);
  });
  return made;
}
