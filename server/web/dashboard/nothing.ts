// What stands in the list's place where there is nothing to list: why that may be, and what to do.

import { h } from "./dom";
import { filterCount, NO_FILTERS, type View } from "./view";

export interface NothingActions {
  go(part: Partial<View>): void;
}

export function nothingHere(view: View, mayWrite: boolean, { go }: NothingActions): HTMLElement[] {
  const filtered = filterCount(view) > 0;
  const action = (label: string, part: Partial<View>): HTMLElement => h("button", { type: "button", onclick: () => go(part) }, label);
  const actions = [
    ...(filtered ? [action("Clear filters", NO_FILTERS)] : []),
    ...(view.range === "30d" ? [] : [action("Show the last 30 days", { range: "30d" })]),
  ];
  return [
    ...(filtered ? [] : [origins(mayWrite)]),
    ...(actions.length ? [h("p", { class: "group" }, ...actions)] : []),
  ];
}

function origins(mayWrite: boolean): HTMLElement {
  return h("p", {}, "Events come from pipelines and programs over the ", h("a", { href: "/docs" }, "REST API"), ", and from assistants.",
    mayWrite ? " You can record one here, too." : "");
}
