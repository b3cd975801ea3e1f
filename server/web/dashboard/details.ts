// One event, all of it, and what may be done with it.

import { EVENT_LOOK, shapeSvg } from "../chart/look";
import { SEVERITIES, type TimelineEvent } from "../shared/model";
import type { Api, Versioned } from "./api";
import { openDialog } from "./dialog";
import { h } from "./dom";
import { by, historyOf } from "./history";
import type { Places } from "./places";
import { duration, momentAndUtc } from "./time";
import { endOf } from "./view";

export interface DetailActions {
  edit(stored: Versioned): void;
  close(stored: Versioned): void;
  remove(stored: Versioned): void;
}

/** `actions` is null where nothing may be written. `closed` is called when it is left. */
export function showDetails(api: Api, stored: Versioned, places: Places, actions: DetailActions | null, closed: () => void): void {
  const { event } = stored;
  const dialog = openDialog(event.name, closed);
  dialog.body.append(
    h("p", { class: "kind" }, shapeSvg(event.type), EVENT_LOOK[event.type].label),
    event.description ? h("p", { class: "description" }, event.description) : "",
    facts(event, places),
    ...metadata(event),
    historyOf(api, event),
  );
  if (!actions) return;
  const act = (run: (stored: Versioned) => void) => (): void => {
    dialog.close();
    run(stored);
  };
  dialog.body.append(
    h("div", { class: "actions" },
      h("button", { type: "button", class: "danger", onclick: act((one) => actions.remove(one)) }, "Delete"),
      h("span", { class: "gap" }),
      endOf(event) === Infinity ? h("button", { type: "button", onclick: act((one) => actions.close(one)) }, "Close incident") : null,
      h("button", { type: "button", class: "primary", onclick: act((one) => actions.edit(one)) }, "Edit")),
  );
}

function facts(event: TimelineEvent, places: Places): HTMLElement {
  const list = h("dl", {});
  const add = (term: string, value: Node | string | null | undefined): void => {
    if (value) list.append(h("dt", {}, term), h("dd", {}, value));
  };
  add("Started", momentAndUtc(event.startedAt));
  add("Ended", endOf(event) === Infinity ? `ongoing for ${duration(Date.now() - Date.parse(event.startedAt))}` : event.endedAt && momentAndUtc(event.endedAt));
  if (event.endedAt) add("Lasted", duration(endOf(event) - Date.parse(event.startedAt)));
  add("Buckets", places.names(event.bucketSids).join(", ") || "all");
  add("Environments", places.names(event.environmentSids).join(", ") || "all");
  add("Source", event.source);
  add("Severity", event.severity && SEVERITIES[event.severity]);
  add("Check", event.check && [event.check.id, event.check.symbol, event.check.descriptor].filter((one) => one !== null).join(" · "));
  for (const [key, values] of Object.entries(event.tags ?? {})) add(`Tag ${key}`, values.join(", "));
  add("Dedup key", event.dedupKey);
  add("Recorded", event.createdAt && momentAndUtc(event.createdAt, by(event.createdBy)));
  add("Changed", event.updatedAt && momentAndUtc(event.updatedAt));
  add("SID", h("code", {}, event.sid));
  return list;
}

/** Apart from the facts, since its keys may be anything, `Ended` for one. */
function metadata(event: TimelineEvent): HTMLElement[] {
  const entries = Object.entries(event.metadata ?? {});
  if (!entries.length) return [];
  const written = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  return [h("h3", {}, "Metadata"), h("dl", {}, ...entries.flatMap(([key, value]) => [h("dt", {}, key), h("dd", {}, h("code", {}, written(value)))]))];
}
