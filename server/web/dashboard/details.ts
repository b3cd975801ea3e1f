// One event, all of it, and what may be done with it.

import { EVENT_LOOK, shapeSvg } from "../chart/look";
import type { TimelineEvent } from "../shared/model";
import type { Api, Revision } from "./api";
import { openDialog } from "./dialog";
import { fill, h } from "./dom";
import { duration, fullTime, shortTime } from "./time";
import { endOf } from "./view";

export interface EventActions {
  edit(event: TimelineEvent): void;
  close(event: TimelineEvent): void;
  remove(event: TimelineEvent): void;
}

/** `actions` is null where nothing may be written. `closed` is called when it is left. */
export function showDetails(api: Api, event: TimelineEvent, actions: EventActions | null, closed: () => void): void {
  const dialog = openDialog(event.name, closed);
  const history = h("details", {}, h("summary", {}, "History"));
  history.addEventListener("toggle", () => void showHistory(api, event, history), { once: true });
  dialog.body.append(
    h("p", { class: `kind ${event.type}` }, shapeSvg(event.type), h("span", {}, EVENT_LOOK[event.type].label)),
    event.description ? h("p", { class: "description" }, event.description) : "",
    facts(event),
    history,
  );
  if (!actions) return;
  const act = (run: (event: TimelineEvent) => void) => (): void => {
    dialog.close();
    run(event);
  };
  dialog.body.append(
    h("div", { class: "actions" },
      h("button", { type: "button", class: "danger", onclick: act(actions.remove) }, "Delete"),
      h("span", { class: "gap" }),
      endOf(event) === Infinity ? h("button", { type: "button", onclick: act(actions.close) }, "Close incident") : null,
      h("button", { type: "button", class: "primary", onclick: act(actions.edit) }, "Edit")),
  );
}

function facts(event: TimelineEvent): HTMLElement {
  const list = h("dl", {});
  const add = (term: string, value: Node | string | null | undefined): void => {
    if (value) list.append(h("dt", {}, term), h("dd", {}, value));
  };
  add("Started", moment(event.startedAt));
  add("Ended", endOf(event) === Infinity ? "still going on" : event.endedAt ? moment(event.endedAt) : null);
  if (event.endedAt) add("Lasted", duration(Date.parse(event.endedAt) - Date.parse(event.startedAt)));
  add("Buckets", scope(event.bucketSids));
  add("Environments", scope(event.environmentSids));
  add("Source", event.source);
  add("Severity", event.severity && { I: "information", W: "warning", E: "error", F: "fatal" }[event.severity]);
  add("Check", event.check && [event.check.id, event.check.symbol, event.check.descriptor].filter((one) => one !== null).join(" · "));
  for (const [key, values] of Object.entries(event.tags ?? {})) add(`Tag ${key}`, values.join(", "));
  for (const [key, value] of Object.entries(event.metadata ?? {})) add(key, typeof value === "string" ? value : JSON.stringify(value));
  add("Dedup key", event.dedupKey);
  add("Created", event.createdAt && moment(event.createdAt, by(event.createdBy)));
  add("Changed", event.updatedAt && moment(event.updatedAt));
  add("SID", h("code", {}, event.sid));
  return list;
}

async function showHistory(api: Api, event: TimelineEvent, host: HTMLElement): Promise<void> {
  const shown = h("ol", { class: "history" }, h("li", { class: "quiet" }, "Loading …"));
  host.append(shown);
  try {
    const page = await api.history(event.sid);
    fill(shown, ...(page.records.length ? page.records.map(revision) : [h("li", { class: "quiet" }, "Never changed.")]));
  } catch (error) {
    fill(shown, h("li", { class: "problem" }, (error as Error).message));
  }
}

function revision(one: Revision): HTMLLIElement {
  return h("li", {}, `${one.kind} `, moment(one.at, by(one.by)));
}

function by(who: TimelineEvent["createdBy"]): string {
  return who ? ` by ${[who.token, who.client].filter(Boolean).join(", ") || "the owner"} (${who.door})` : "";
}

function moment(time: string, after = ""): HTMLElement {
  return h("span", {}, h("time", { datetime: time, title: fullTime(time) }, shortTime(time)), " ", h("span", { class: "quiet" }, `${time.slice(0, 19).replace("T", " ")} UTC${after}`));
}

function scope(sids: string[] | undefined): string {
  return !sids || sids[0] === "*" ? "all" : sids.join(", ");
}
