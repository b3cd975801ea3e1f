// A titled table of the settings, with its states: loading, empty, refused.

import { type Api, Refusal } from "./api";
import { fill, h } from "./dom";

export interface SettingsPage {
  api: Api;
  /** Whether buckets and environments may be changed; tokens may in any case. */
  writable: boolean;
  /** Tell of what went wrong; of a session that is over by signing in again. */
  fail(error: unknown): void;
}

export interface Section<T> {
  title: string;
  help: string;
  /** Null where none may be added. */
  add: { label: string; run(): void } | null;
  heads: string[];
  load(): Promise<T[]>;
  row(one: T): (Node | string)[];
}

/** A titled table; `reload` asks for its rows anew. */
export function section<T>(page: SettingsPage, about: Section<T>): { element: HTMLElement; reload(): void } {
  const body = h("div", { class: "table" }, h("p", { class: "quiet" }, "Loading …"));
  const load = async (): Promise<void> => {
    try {
      const found = await about.load();
      fill(body, found.length ? table(about.title, about.heads, found.map((one) => about.row(one))) : h("p", { class: "quiet" }, "None yet."));
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) return page.fail(error);
      fill(body, h("p", { class: "problem" }, (error as Error).message, " ", h("button", { type: "button", class: "link", onclick: () => void load() }, "Try again")));
    }
  };
  void load();
  const add = about.add && h("button", { type: "button", onclick: about.add.run }, about.add.label);
  const head = h("div", { class: "panel-head" }, h("h2", {}, about.title), add);
  return { element: h("section", { class: "panel" }, head, h("p", { class: "quiet" }, about.help), body), reload: () => void load() };
}

function table(title: string, heads: string[], rows: (Node | string)[][]): HTMLElement {
  const cells = (row: (Node | string)[]): HTMLElement[] => row.map((cell, at) => h("td", { "data-label": heads[at] ?? "" }, cell));
  return h("table", { "aria-label": title },
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head || h("span", { class: "hidden" }, "Actions"))))),
    h("tbody", {}, ...rows.map((row) => h("tr", {}, ...cells(row)))));
}

/** Buttons of a row; each says to a screen reader what it acts on. */
export function rowButtons(name: string, ...buttons: [label: string, run: () => void][]): HTMLElement {
  return h("span", { class: "group end" },
    ...buttons.map(([label, run]) => h("button", { type: "button", onclick: run }, label, h("span", { class: "hidden" }, ` ${name}`))));
}
