// Who did what to an event, and when.

import type { TimelineEvent } from "../shared/model";
import type { Api, Revision } from "./api";
import { fill, h } from "./dom";
import { momentAndUtc } from "./time";

/** Set by Milepost on each change; that they differ tells nothing. */
const OWN_FIELDS = new Set(["updatedAt", "createdAt", "createdBy", "accountSid", "sid"]);

/** Folded until somebody asks. */
export function historyOf(api: Api, event: TimelineEvent): HTMLElement {
  const shown = h("ol", { class: "history", reversed: true }, h("li", { class: "quiet" }, "Loading …"));
  const element = h("details", {}, h("summary", {}, "History"), shown);
  const load = async (): Promise<void> => {
    try {
      const { records } = await api.history(event.sid);
      fill(shown, ...(records.length ? records.map((one, at) => line(one, records[at - 1]?.before ?? event)) : [h("li", { class: "quiet" }, "Never changed.")]));
    } catch (error) {
      fill(shown, h("li", { class: "problem" }, (error as Error).message));
    }
  };
  element.addEventListener("toggle", () => void load(), { once: true });
  return element;
}

function line(one: Revision, after: TimelineEvent): HTMLLIElement {
  const fields = one.before ? changedNames(one.before, after).join(", ") : "";
  return h("li", {}, h("b", {}, one.kind), fields ? ` ${fields} ` : " ", h("br"), momentAndUtc(one.at, by(one.by)));
}

/** The names of the fields that differ. */
export function changedNames(before: TimelineEvent, after: TimelineEvent): string[] {
  const fields = { ...before } as unknown as Record<string, unknown>;
  const now = after as unknown as Record<string, unknown>;
  return Object.keys(fields).filter((name) => !OWN_FIELDS.has(name) && JSON.stringify(fields[name] ?? null) !== JSON.stringify(now[name] ?? null));
}

export function by(who: TimelineEvent["createdBy"]): string {
  return who ? ` by ${[who.token, who.client].filter(Boolean).join(", ") || "the owner"} (${who.door})` : "";
}
