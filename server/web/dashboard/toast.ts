// Short messages that screen readers hear too, some with a way back.

import { byId, h } from "./dom";

const SECONDS = 6;
const SECONDS_WITH_ACTION = 12;

export function toast(text: string, action?: { label: string; run: () => void }, bad = false): void {
  const shown = h("div", { class: bad ? "toast bad" : "toast" }, h("span", {}, text));
  const gone = (): void => shown.remove();
  if (action) {
    const run = (): void => {
      gone();
      action.run();
    };
    shown.append(h("button", { type: "button", class: "link", onclick: run }, action.label));
  }
  shown.append(h("button", { type: "button", class: "icon", "aria-label": "Dismiss", onclick: gone }, "×"));
  byId("toasts").append(shown);
  setTimeout(gone, 1_000 * (action ? SECONDS_WITH_ACTION : SECONDS));
}

/** Tell of what went wrong, whatever it was. */
export function complain(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), undefined, true);
}
