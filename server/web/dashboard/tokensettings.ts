// Tokens: issuing them, shown once, and revoking them.

import type { TokenKind, TokenRecord } from "./api";
import { confirmFirst } from "./dialog";
import { h } from "./dom";
import { check, choice, Fields } from "./form";
import { isEverywhere, Places } from "./places";
import { scopeChoice } from "./scopes";
import { rowButtons, section, type SettingsPage } from "./section";
import { openForm } from "./settingsform";
import { shortTime } from "./time";

export type { TokenKind };

const SCOPES = ["events:read", "events:write", "tokens:admin"];
const LIVES: [string, string][] = [["", "never"], ["30d", "in 30 days"], ["90d", "in 90 days"], ["365d", "in a year"]];
const WORDS: Record<TokenKind, { title: string; help: string }> = {
  mcpTokens: { title: "MCP tokens", help: "For assistants, over the Model Context Protocol." },
  apiTokens: { title: "API tokens", help: "For pipelines and programs, over the REST API." },
};

export function tokenSection(page: SettingsPage, kind: TokenKind): HTMLElement {
  const { title, help } = WORDS[kind];
  const { element, reload } = section<TokenRecord>(page, {
    title, help,
    add: { label: "New token", run: () => void tokenForm(page, kind, () => reload()) },
    heads: ["Name", "Token", "May", "Only for", "Last used", "Expires", ""],
    load: () => page.api.tokens(kind),
    row: (token) => tokenRow(page, kind, token, () => reload()),
  });
  return element;
}

function tokenRow(page: SettingsPage, kind: TokenKind, token: TokenRecord, changed: () => void): (Node | string)[] {
  const revoke = (): void => confirmFirst(`Revoke ${token.name}?`, "Whoever uses it is refused from the next request on. There is no way back.", "Revoke",
    () => void page.api.revokeToken(kind, token.sid).then(changed, page.fail));
  const only = [token.bucketSids, token.environmentSids].filter((sids) => !isEverywhere(sids)).flat();
  return [h("b", {}, token.name), h("code", {}, token.token), token.scopes.join(", "), only.join(", ") || "everything",
    moment(token.lastUsedAt), moment(token.expiresAt),
    token.isRevoked ? h("span", { class: "quiet" }, "revoked") : rowButtons(token.name, ["Revoke", revoke])];
}

function moment(time: string | null): string {
  return time ? shortTime(time) : "never";
}

async function tokenForm({ api, fail }: SettingsPage, kind: TokenKind, issued: () => void): Promise<void> {
  const places = await Promise.all([api.places("buckets"), api.places("environments")]).catch(fail);
  if (!places) return;
  const known = new Places(...places);
  const fields = new Fields("token");
  const name = h("input", { type: "text", autocomplete: "off" });
  const scopes = SCOPES.map((scope) => check(`token-${scope}`, scope, scope, scope === "events:read"));
  const expires = choice(LIVES, "90d");
  const buckets = scopeChoice(fields, "bucketSids", "Only these buckets", known, undefined);
  const environments = scopeChoice(fields, "environmentSids", "Only these environments", known, undefined);
  const read = (): Record<string, unknown> => ({
    name: name.value,
    scopes: scopes.filter(({ box }) => box.checked).map(({ box }) => box.value),
    ...(expires.value ? { expiresAt: expires.value } : {}),
    ...narrow("bucketSids", buckets.read()), ...narrow("environmentSids", environments.read()),
  });
  openForm({
    title: `New token for ${kind === "mcpTokens" ? "an assistant" : "a program"}`, label: "Create token", fields,
    controls: [
      h("div", { class: "columns" }, fields.field("name", "Name", name, "who or what will use it"), fields.field("expiresAt", "Expires", expires)),
      fields.group("scopes", "It may", scopes.map(({ element }) => element), "tokens:admin: also what is on this page"),
      h("div", { class: "columns" }, buckets.element, environments.element),
    ],
    send: async (close) => {
      const { token } = await api.issueToken(kind, read());
      issued();
      return secret(token, close);
    },
  });
}

/** Without it the new token reaches as far as whoever issues it. */
function narrow(field: string, sids: string[]): Record<string, string[]> {
  return isEverywhere(sids) ? {} : { [field]: sids };
}

/** The only time that anybody sees it. */
function secret(token: string, close: () => void): HTMLElement {
  const shown = h("input", { type: "text", readonly: true, class: "secret", "aria-label": "Token" });
  shown.value = token;
  const told = h("p", { class: "quiet", role: "status" });
  // Browsers lend the clipboard to https and to this machine alone.
  const copy = async (): Promise<void> => {
    shown.select();
    const copied = await navigator.clipboard?.writeText(token).then(() => true, () => false);
    told.textContent = copied ? "Copied." : "The browser doesn't let this page copy. The token is selected: copy it yourself.";
  };
  queueMicrotask(() => shown.select());
  return h("div", {}, h("p", {}, "Copy it now: it is not shown again."), shown, told,
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => void copy() }, "Copy"), h("button", { type: "button", class: "primary", onclick: close }, "Done")));
}
