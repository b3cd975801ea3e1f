// What is told above and below the charts: how many events there are, and what isn't as it should be.

import type { Warning } from "../shared/model";
import { h } from "./dom";
import type { EventFeed } from "./feed";
import type { LiveState } from "./live";
import { MOST_EVENTS } from "./loading";
import { filterCount, type View } from "./view";

/** `failed`: they couldn't be loaded, which is told elsewhere. */
export function countText({ events, progress }: Pick<EventFeed, "events" | "progress">, view: View | null, failed: boolean): string {
  const number = events.length.toLocaleString();
  if (!progress) return failed ? "" : "Loading …";
  if (!progress.done) return `${number} events so far, more are coming …`;
  if (progress.truncated) return `The newest ${MOST_EVENTS.toLocaleString()} events; choose a shorter window or filters for the rest.`;
  if (events.length) return events.length === 1 ? "1 event" : `${number} events`;
  return view && filterCount(view) ? "No event in this window passes the filters." : "No event in this window yet. Choose a longer one, or record an event.";
}

export interface Told {
  problem: string | null;
  state: LiveState;
  warnings: Warning[];
  metrics: boolean;
}

export function noteLines({ problem, state, warnings, metrics }: Told, again: () => void): (HTMLElement | null)[] {
  return [
    problem ? h("p", { class: "problem" }, problem, " ", h("button", { type: "button", class: "link", onclick: again }, "Try again")) : null,
    state === "offline" ? h("p", { class: "warning" }, "Offline: what happens now shows once the connection is back. Trying again …") : null,
    ...warnings.map(({ source, message }) => h("p", { class: "warning" }, `${source}: ${message}`)),
    metrics ? null : h("p", { class: "quiet" }, "To see requests and response times behind the events, start Milepost with ", h("code", {}, "MILEPOST_PROMETHEUS_URL"), "."),
  ];
}
