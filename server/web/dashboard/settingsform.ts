// A form of the settings, in a dialog.

import { openDialog } from "./dialog";
import { fill, h } from "./dom";
import type { Fields } from "./form";

export interface SettingsForm {
  title: string;
  label: string;
  fields: Fields;
  controls: HTMLElement[];
  /** Sends it; what it gives back is shown in place of the form, and nothing closes the dialog. */
  send(close: () => void): Promise<HTMLElement | null>;
}

/** Asks in a dialog and sends what was filled in. */
export function openForm({ title, label, fields, controls, send }: SettingsForm): void {
  const dialog = openDialog(title);
  const button = h("button", { class: "primary" }, label);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    fields.clear();
    button.disabled = true;
    try {
      const result = await send(dialog.close);
      if (result) fill(dialog.body, result);
      else dialog.close();
    } catch (error) {
      fields.tell(error);
    }
    button.disabled = false;
  };
  dialog.body.append(h("form", { onsubmit: (event) => void submit(event), novalidate: true }, ...controls, fields.rest(),
    h("div", { class: "actions" }, h("button", { type: "button", onclick: dialog.close }, "Cancel"), button)));
  dialog.body.querySelector("input")?.focus();
}
