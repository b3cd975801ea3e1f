// What is told above and below the charts: how many events there are, and what isn't as it should be.

import type { Warning } from "../shared/model";
import { h } from "./dom";
import type { EventFeed } from "./feed";
import type { LiveState } from "./live";
import { MOST_EVENTS } from "./loading";
import { minuteTime } from "./time";
import { filterCount, type View } from "./view";

/** `failed`: they couldn't be loaded, which is told elsewhere. */
export function countText({ events, progress }: Pick<EventFeed, "events" | "progress">, view: View | null, failed: boolean): string {
  const number = events.length.toLocaleString();
  if (!progress) return failed ? "" : "Loading …";
  const back = events.length ? `, back to ${minuteTime(events.at(-1)!.startedAt)}` : "";
  if (!progress.done) return `${number} events so far${back}; more are coming …`;
  if (progress.truncated) return `The newest ${MOST_EVENTS.toLocaleString()} events${back}. Choose a shorter window or filters for the rest.`;
  if (events.length) return events.length === 1 ? "1 event" : `${number} events`;
  return view && filterCount(view) ? "No event in this window passes the filters." : "No event in this window.";
}

/** Most messages name their source by themselves. */
export function warningText({ source, message }: Warning): string {
  return message.startsWith(source) ? message : `${source}: ${message}`;
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
    ...warnings.map((warning) => h("p", { class: "warning" }, warningText(warning))),
    metrics ? null : h("p", { class: "quiet" }, "To see requests and response times behind the events, start Milepost with ", h("code", {}, "MILEPOST_PROMETHEUS_URL"), "."),
  ];
}
