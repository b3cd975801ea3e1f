// The line above everything: where one is, and as whom.

import type { Session } from "./api";
import { fill, h } from "./dom";
import { currentTheme } from "./theme";
import { formatView, type View } from "./view";

type Page = View["page"];

const LABELS: Record<Page, string> = { timeline: "Timeline", settings: "Settings" };

export interface HeaderActions {
  go(page: Page): void;
  theme(): void;
  leave(): void;
}

export function drawHeader(host: HTMLElement, session: Session, pages: Page[], view: View, actions: HeaderActions): void {
  const focused = host.contains(document.activeElement) ? document.activeElement!.id : "";
  const other = currentTheme() === "dark" ? "light" : "dark";
  const links = pages.map((page) => link(page, view, actions));
  fill(host,
    h("span", { class: "brand" }, "Milepost"),
    h("span", { class: "account", title: session.account.sid }, session.account.name),
    h("nav", { "aria-label": "Pages" }, ...(pages.length > 1 ? links : [])),
    h("span", { class: "gap" }),
    session.token ? h("span", { class: "quiet who", title: "The token that you are signed in with" }, session.token) : null,
    h("button", { type: "button", id: "theme", onclick: () => actions.theme() }, other === "dark" ? "Dark" : "Light", h("span", { class: "hidden" }, " theme")),
    h("button", { type: "button", id: "sign-out", onclick: () => actions.leave() }, "Sign out"));
  if (focused) document.getElementById(focused)?.focus();
}

function link(page: Page, view: View, { go }: HeaderActions): HTMLElement {
  const onclick = (event: Event): void => {
    // With a modifier key it opens elsewhere, as links do.
    const { ctrlKey, metaKey, shiftKey } = event as MouseEvent;
    if (ctrlKey || metaKey || shiftKey) return;
    event.preventDefault();
    go(page);
  };
  const current = view.page === page ? "page" : undefined;
  return h("a", { id: `page-${page}`, href: formatView({ ...view, page }) || "/", "aria-current": current, onclick }, LABELS[page]);
}
