// The bar above the charts: the window of time and the filters. Every control has an id, so that it keeps the focus when the bar is
// drawn anew.

import { EVENT_LOOK, shapeSvg } from "../chart/look";
import { EVENT_TYPES, type EventType } from "../shared/model";
import { h } from "./dom";
import { choice } from "./form";
import type { Places } from "./places";
import { fromLocalInput, toLocalInput, windowText, ZONE } from "./time";
import { filterCount, NO_FILTERS, PRESETS, type Preset, type View, windowOf } from "./view";

const TYPING_MILLISECONDS = 350;
const FEWEST_CHARACTERS = 3;

export interface FilterActions {
  go(part: Partial<View>, how?: { replace: boolean }): void;
  /** Null where nothing was zoomed into. */
  zoomOut: (() => void) | null;
}

type WordField = "source" | "message" | "bucketSid" | "environmentSid";

/** Drawn anew whenever the view changes. */
export function filterBar(view: View, places: Places, actions: FilterActions): HTMLElement {
  const clear = h("button", { type: "button", id: "filter-clear", class: "link", onclick: () => actions.go(NO_FILTERS) }, "Clear filters");
  return h("form", { class: "bar", role: "search", "aria-label": "Window and filters", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "bar-row" }, ranges(view, actions), exact(view, actions)),
    h("div", { class: "bar-row" }, types(view, actions),
      place("bucketSid", "Bucket", view, places.buckets.map(({ sid, name }) => [sid, name]), actions),
      place("environmentSid", "Environment", view, places.environments.map(({ sid, name }) => [sid, name]), actions),
      words("source", "Source", view, actions, 1), words("message", "Text", view, actions, FEWEST_CHARACTERS),
      filterCount(view) ? clear : null));
}

function ranges(view: View, { go, zoomOut }: FilterActions): HTMLElement {
  const pressed = (name: Preset): string => String(view.range === name);
  return h("div", { class: "ranges" },
    h("div", { class: "segments", role: "group", "aria-label": "Window" },
      ...(Object.keys(PRESETS) as Preset[]).map((name) =>
        h("button", { type: "button", id: `filter-${name}`, "aria-pressed": pressed(name), onclick: () => go({ range: name }) }, name))),
    zoomOut ? h("button", { type: "button", id: "filter-zoom-out", onclick: zoomOut }, "Zoom out") : null);
}

/** Shows the window that was zoomed into or chosen, and opens over the charts, so that nothing moves. */
function exact(view: View, { go }: FilterActions): HTMLElement {
  const { start, end } = windowOf(view.range, Date.now());
  const [from, to] = [moment("filter-from", start), moment("filter-to", end)];
  const problem = h("p", { class: "problem", role: "alert" });
  const summary = h("summary", { id: "filter-exact" }, typeof view.range === "string" ? "Exact times" : windowText(start, end));
  const apply = (): void => {
    const window = { start: fromLocalInput(from.value) ?? Number.NaN, end: fromLocalInput(to.value) ?? Number.NaN };
    if (!(window.start < window.end)) return void (problem.textContent = "The start has to lie before the end.");
    summary.focus();
    go({ range: window });
  };
  const onkeydown = (event: Event): void => void ((event as KeyboardEvent).key === "Enter" && apply());
  return h("details", { class: "exact" }, summary,
    h("div", { class: "popup", onkeydown },
      h("label", { for: from.id }, "From"), from, h("label", { for: to.id }, "To"), to,
      h("p", { class: "quiet" }, `Times in ${ZONE}`), problem,
      h("button", { type: "button", class: "primary", onclick: apply }, "Show")));
}

function moment(id: string, milliseconds: number): HTMLInputElement {
  const made = h("input", { type: "datetime-local", step: "1", id });
  made.value = toLocalInput(milliseconds);
  return made;
}

function types(view: View, { go }: FilterActions): HTMLElement {
  const toggled = (type: EventType): EventType[] => (view.types.includes(type) ? view.types.filter((one) => one !== type) : [...view.types, type]);
  return h("div", { class: "group", role: "group", "aria-label": "Types" },
    ...EVENT_TYPES.map((type) =>
      h("button", { type: "button", id: `filter-${type}`, class: "type", "aria-pressed": String(view.types.includes(type)), onclick: () => go({ types: toggled(type) }) },
        shapeSvg(type), EVENT_LOOK[type].label)));
}

/** A choice among the registered ones; a text where there are none, since then every SID is taken as it comes. */
function place(name: "bucketSid" | "environmentSid", label: string, view: View, known: [string, string][], actions: FilterActions): HTMLElement {
  if (!known.length) return words(name, label, view, actions, 1);
  const options: [string, string][] = [["", `${label}: all`], ...known];
  if (view[name] && !known.some(([sid]) => sid === view[name])) options.push([view[name], view[name]]);
  const made = choice(options, view[name]);
  made.id = `filter-${name}`;
  made.setAttribute("aria-label", label);
  made.addEventListener("change", () => actions.go({ [name]: made.value }));
  return made;
}

function words(name: WordField, label: string, view: View, { go }: FilterActions, fewest: number): HTMLElement {
  const made = h("input", { type: "search", id: `filter-${name}`, "aria-label": label, placeholder: label, autocomplete: "off", spellcheck: "false" });
  made.value = view[name];
  let timer: number | undefined;
  made.addEventListener("input", () => {
    clearTimeout(timer);
    const value = made.value.trim();
    const enough = value === "" || value.length >= fewest;
    // What is typed in pieces is one step in the browser's history.
    if (enough) timer = setTimeout(() => go({ [name]: value }, { replace: view[name] !== "" }), TYPING_MILLISECONDS);
  });
  return made;
}
