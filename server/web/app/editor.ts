// A form for the few fields that people mend after the fact.
import type { TimelineEvent } from "../shared/model";
import { button, element, labelled } from "./elements";
import type { Change } from "./proposal";
import type { WallClock } from "./wall-clock";

const LONGEST_NAME = 256;
const LONGEST_DESCRIPTION = 8_192;
const LAST_MOMENT = "9999-12-31T23:59";

/**
 * Tells of what the user entered, and of nothing else. The event's own words are in no field: a stranger may have written them, and from a field
 * they would go into the conversation as the user's. No form of its own: hosts may forbid to submit any.
 */
export function editor(event: TimelineEvent, clock: WallClock, onChange: (change: Change) => void): HTMLElement {
  const name = element("input", { type: "text" });
  name.maxLength = LONGEST_NAME;
  const description = element("textarea");
  description.maxLength = LONGEST_DESCRIPTION;
  const ended = endField(event, clock);
  // Asked of the field, since browsers change what they are given.
  const before = ended.value;
  const prepare = button("Prepare the change", () =>
    onChange({
      ...(name.value.trim() ? { name: name.value } : {}),
      ...(description.value.trim() ? { description: description.value } : {}),
      ...(ended.value === before || !ended.value ? {} : { endedAt: new Date(clock.moment(ended.value)).toISOString() }),
    }),
  );
  const form = element("div", { className: "editor" });
  form.setAttribute("role", "group");
  form.setAttribute("aria-label", "Edit the event");
  const hint = element("p", { className: "remark" }, "What you leave empty stays as it is.");
  const actions = element("div", { className: "actions" }, prepare, button("Cancel", () => form.remove(), "quiet"));
  form.append(hint, labelled("New name", name), labelled("New description", description), labelled(`Ended (${clock.zone})`, ended), actions);
  return form;
}

function endField(event: TimelineEvent, clock: WallClock): HTMLInputElement {
  const field = element("input", { type: "datetime-local", value: event.endedAt ? clock.at(Date.parse(event.endedAt)) : "" });
  field.max = LAST_MOMENT;
  return field;
}
