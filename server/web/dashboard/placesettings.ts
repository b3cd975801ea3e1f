// Buckets and environments: registering, naming and labelling them.

import type { Place, PlaceKind } from "./api";
import { confirmFirst } from "./dialog";
import { h } from "./dom";
import { Fields, formatPairs, parsePairs } from "./form";
import { rowButtons, section, type SettingsPage } from "./section";
import { openForm } from "./settingsform";

export type { PlaceKind };

const WORDS: Record<PlaceKind, { title: string; one: string; help: string }> = {
  buckets: { title: "Buckets", one: "bucket", help: "Services. Once one is registered, events name registered ones only. Labels select their metrics." },
  environments: { title: "Environments", one: "environment", help: "Such as production and staging. Labels select their metrics." },
};

export function placeSection(page: SettingsPage, kind: PlaceKind): HTMLElement {
  const { title, one, help } = WORDS[kind];
  const { element, reload } = section<Place>(page, {
    title, help,
    add: page.writable ? { label: `New ${one}`, run: () => placeForm(page, kind, null, () => reload()) } : null,
    heads: page.writable ? ["Name", "Labels", "SID", ""] : ["Name", "Labels", "SID"],
    load: () => page.api.places(kind),
    row: (place) => placeRow(page, kind, place, () => reload()),
  });
  return element;
}

function placeRow(page: SettingsPage, kind: PlaceKind, place: Place, changed: () => void): (Node | string)[] {
  const facts = [h("b", {}, place.name), formatPairs(place.labels).replaceAll("\n", ", ") || "none", h("code", {}, place.sid)];
  if (!page.writable) return facts;
  const remove = (): void => confirmFirst(`Delete ${place.name}?`, "Events keep it in their scopes, by its SID.", "Delete",
    () => void page.api.removePlace(kind, place.sid).then(changed, page.fail));
  return [...facts, rowButtons(place.name, ["Edit", () => placeForm(page, kind, place, changed)], ["Delete", remove])];
}

function placeForm({ api }: SettingsPage, kind: PlaceKind, place: Place | null, saved: () => void): void {
  const fields = new Fields("place");
  const name = h("input", { type: "text", autocomplete: "off" });
  name.value = place?.name ?? "";
  const labels = h("textarea", { rows: "3", spellcheck: "false" });
  labels.value = formatPairs(place?.labels ?? {});
  openForm({
    title: `${place ? "Edit" : "New"} ${WORDS[kind].one}`,
    label: place ? "Save" : "Create",
    fields,
    controls: [fields.field("name", "Name", name), fields.field("labels", "Labels", labels, "one a line, such as service=checkout")],
    send: async () => {
      await api.savePlace(kind, place?.sid ?? null, { name: name.value, labels: parsePairs(labels.value) });
      saved();
      return null;
    },
  });
}
