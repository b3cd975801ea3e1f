// A form for the few fields that people mend after the fact.
import type { TimelineEvent } from "../shared/model";
import { button, element, labelled } from "./elements";
import type { Change } from "./proposal";

const LONGEST_NAME = 256;
const LONGEST_DESCRIPTION = 8_192;

/** Tells of what differs from the event, and of nothing else. No form of its own: hosts may forbid to submit any. */
export function editor(event: TimelineEvent, onChange: (change: Change) => void): HTMLElement {
  const name = element("input", { type: "text", value: event.name });
  name.maxLength = LONGEST_NAME;
  const description = element("textarea", { value: event.description ?? "" });
  description.maxLength = LONGEST_DESCRIPTION;
  const before = localTime(event.endedAt);
  const ended = element("input", { type: "datetime-local", value: before });
  const prepare = button("Prepare the change", () =>
    onChange({
      ...(name.value.trim() && name.value !== event.name ? { name: name.value } : {}),
      ...(description.value === (event.description ?? "") ? {} : { description: description.value }),
      ...(ended.value === before || !ended.value ? {} : { endedAt: new Date(ended.value).toISOString() }),
    }),
  );
  const form = element("div", { className: "editor" });
  form.setAttribute("role", "group");
  form.setAttribute("aria-label", "Edit the event");
  const actions = element("div", { className: "actions" }, prepare, button("Cancel", () => form.remove(), "quiet"));
  form.append(labelled("Name", name), labelled("Description", description), labelled("Ended (your time)", ended), actions);
  return form;
}

/** As a field for date and time wants it. */
function localTime(moment: string | null | undefined): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
