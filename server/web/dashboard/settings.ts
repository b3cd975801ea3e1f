// Tokens, buckets and environments: for those who may administer them.

import { Refusal, type Api, type Place, type PlaceKind, type TokenKind, type TokenRecord } from "./api";
import { confirmFirst, openDialog } from "./dialog";
import { fill, h } from "./dom";
import { choice } from "./eventform";
import { Fields, formatPairs, parsePairs, splitList } from "./form";
import { shortTime } from "./time";
import { complain, toast } from "./toast";

const SCOPES = ["events:read", "events:write", "tokens:admin"];
const PLACES: Record<PlaceKind, { title: string; one: string; help: string }> = {
  buckets: { title: "Buckets", one: "bucket", help: "Services. Once one is registered, events may name registered ones only; its labels select its metrics." },
  environments: { title: "Environments", one: "environment", help: "Such as production and staging; their labels select their metrics." },
};
const TOKENS: Record<TokenKind, { title: string; help: string }> = {
  mcpTokens: { title: "MCP tokens", help: "For assistants that speak MCP." },
  apiTokens: { title: "API tokens", help: "For pipelines and programs." },
};

export function showSettings(host: HTMLElement, api: Api): void {
  fill(host, h("h1", {}, "Settings"),
    ...(Object.keys(PLACES) as PlaceKind[]).map((kind) => placeSection(api, kind)),
    ...(Object.keys(TOKENS) as TokenKind[]).map((kind) => tokenSection(api, kind)));
}

function section(title: string, help: string, label: string, add: () => void): { element: HTMLElement; body: HTMLElement } {
  const body = h("div", { class: "table" }, h("p", { class: "quiet" }, "Loading …"));
  const element = h("section", { class: "panel" },
    h("div", { class: "panel-head" }, h("h2", {}, title), h("button", { type: "button", onclick: add }, label)),
    h("p", { class: "quiet" }, help), body);
  return { element, body };
}

function placeSection(api: Api, kind: PlaceKind): HTMLElement {
  const { title, one, help } = PLACES[kind];
  const { element, body } = section(title, help, `New ${one}`, () => placeForm(api, kind, null, () => void load()));
  const load = async (): Promise<void> => {
    try {
      const places = await api.places(kind);
      fill(body, places.length ? table(["Name", "Labels", "SID", ""], places.map((place) => placeRow(api, kind, place, () => void load()))) : h("p", { class: "quiet" }, "None yet."));
    } catch (error) {
      fill(body, h("p", { class: "problem" }, (error as Error).message));
    }
  };
  void load();
  return element;
}

function placeRow(api: Api, kind: PlaceKind, place: Place, again: () => void): (Node | string)[] {
  const remove = (): void => confirmFirst(`Delete ${place.name}?`, "Events keep their scopes; filters by this name won't work any more.", "Delete",
    () => void api.removePlace(kind, place.sid).then(again, complain));
  return [place.name, formatPairs(place.labels).replaceAll("\n", ", ") || "–", h("code", {}, place.sid),
    h("span", { class: "group" },
      h("button", { type: "button", onclick: () => placeForm(api, kind, place, again) }, "Edit", h("span", { class: "hidden" }, ` ${place.name}`)),
      h("button", { type: "button", onclick: remove }, "Delete", h("span", { class: "hidden" }, ` ${place.name}`)))];
}

function placeForm(api: Api, kind: PlaceKind, place: Place | null, saved: () => void): void {
  const dialog = openDialog(place ? `Edit ${PLACES[kind].one}` : `New ${PLACES[kind].one}`);
  const fields = new Fields("place");
  const name = h("input", { type: "text", required: true, autocomplete: "off" });
  name.value = place?.name ?? "";
  const labels = h("textarea", { rows: "3", spellcheck: "false" });
  labels.value = formatPairs(place?.labels ?? {});
  send(dialog.body, dialog.close, fields, place ? "Save" : "Create",
    [fields.field("name", "Name", name), fields.field("labels", "Labels", labels, "one a line, such as service=checkout: they select its metrics")],
    async () => {
      await api.savePlace(kind, place?.sid ?? null, { name: name.value, labels: parsePairs(labels.value) });
      dialog.close();
      saved();
    });
}

function tokenSection(api: Api, kind: TokenKind): HTMLElement {
  const { title, help } = TOKENS[kind];
  const { element, body } = section(title, help, "New token", () => tokenForm(api, kind, () => void load()));
  const load = async (): Promise<void> => {
    try {
      const tokens = await api.tokens(kind);
      fill(body, tokens.length ? table(["Name", "Token", "May", "Only for", "Last used", "Expires", ""], tokens.map((token) => tokenRow(api, kind, token, () => void load()))) : h("p", { class: "quiet" }, "None yet."));
    } catch (error) {
      fill(body, h("p", { class: "problem" }, (error as Error).message));
    }
  };
  void load();
  return element;
}

function tokenRow(api: Api, kind: TokenKind, token: TokenRecord, again: () => void): (Node | string)[] {
  const revoke = (): void => confirmFirst(`Revoke ${token.name}?`, "Whoever uses it is refused from the next request on. There is no way back.", "Revoke",
    () => void api.revokeToken(kind, token.sid).then(again, complain));
  const only = [...token.bucketSids, ...token.environmentSids].filter((sid) => sid !== "*");
  return [token.name, h("code", {}, token.token), token.scopes.join(", "), only.join(", ") || "everything",
    token.lastUsedAt ? shortTime(token.lastUsedAt) : "never", token.expiresAt ? shortTime(token.expiresAt) : "never",
    token.isRevoked ? h("span", { class: "quiet" }, "revoked") : h("button", { type: "button", onclick: revoke }, "Revoke", h("span", { class: "hidden" }, ` ${token.name}`))];
}

function tokenForm(api: Api, kind: TokenKind, issued: () => void): void {
  const dialog = openDialog(`New token: ${TOKENS[kind].title}`);
  const fields = new Fields("token");
  const name = h("input", { type: "text", required: true, autocomplete: "off" });
  const scopes = SCOPES.map((scope) => {
    const box = h("input", { type: "checkbox", value: scope, id: `scope-${scope}` });
    box.checked = scope === "events:read";
    return box;
  });
  const expires = choice([["", "never"], ["30d", "in 30 days"], ["90d", "in 90 days"], ["365d", "in a year"]], "90d");
  const buckets = h("input", { type: "text", autocomplete: "off" });
  const environments = h("input", { type: "text", autocomplete: "off" });
  const read = (): Record<string, unknown> => ({
    name: name.value,
    scopes: scopes.filter((box) => box.checked).map((box) => box.value),
    ...(expires.value ? { expiresAt: expires.value } : {}),
    ...listed("bucketSids", buckets.value), ...listed("environmentSids", environments.value),
  });
  send(dialog.body, dialog.close, fields, "Create token",
    [fields.field("name", "Name", name, "who or what will use it"),
      h("fieldset", {}, h("legend", {}, "It may"), ...scopes.map((box) => h("span", { class: "check" }, box, h("label", { for: box.id }, box.value)))),
      fields.field("bucketSids", "Only these buckets", buckets, "with commas; empty: all"),
      fields.field("environmentSids", "Only these environments", environments, "with commas; empty: all"),
      fields.field("expiresAt", "Expires", expires)],
    async () => {
      const token = await api.issueToken(kind, read());
      showSecret(dialog.body, token.token, dialog.close);
      issued();
    });
  name.focus();
}

function listed(name: string, text: string): Record<string, string[]> {
  const sids = splitList(text);
  return sids ? { [name]: sids } : {};
}

/** The only time that anybody sees it. */
function showSecret(body: HTMLElement, secret: string, close: () => void): void {
  const shown = h("input", { type: "text", readonly: true, class: "secret", "aria-label": "Token" });
  shown.value = secret;
  const copy = (): void => void navigator.clipboard.writeText(secret).then(() => toast("Copied."), () => shown.select());
  fill(body, h("p", {}, "Copy it now: it is not shown again."), shown,
    h("div", { class: "actions" }, h("button", { type: "button", onclick: copy }, "Copy"), h("button", { type: "button", class: "primary", onclick: close }, "Done")));
  shown.focus();
  shown.select();
}

function send(body: HTMLElement, cancel: () => void, fields: Fields, label: string, controls: HTMLElement[], run: () => Promise<void>): void {
  const button = h("button", { class: "primary" }, label);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    fields.clear();
    button.disabled = true;
    try {
      await run();
    } catch (error) {
      if (error instanceof Refusal) fields.show(error);
      else fields.refuse("", (error as Error).message);
    } finally {
      button.disabled = false;
    }
  };
  body.append(h("form", { onsubmit: (event) => void submit(event), novalidate: true }, ...controls, fields.rest(),
    h("div", { class: "actions" }, h("button", { type: "button", onclick: cancel }, "Cancel"), button)));
}

function table(heads: string[], rows: (Node | string)[][]): HTMLElement {
  return h("table", {},
    h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head || h("span", { class: "hidden" }, "Actions"))))),
    h("tbody", {}, ...rows.map((cells) => h("tr", {}, ...cells.map((cell, at) => h("td", { "data-label": heads[at] ?? "" }, cell))))));
}
