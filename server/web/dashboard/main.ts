// The dashboard: who is there, what is looked at, and the page for it.

import "./style.css";
import { type Session, session, signOut, Refusal } from "./api";
import { byId, fill, h } from "./dom";
import { showSettings } from "./settings";
import { showSignIn } from "./signin";
import { Api } from "./api";
import { applyTheme, currentTheme, onSystemTheme, type Theme, toggleTheme } from "./theme";
import { Timeline } from "./timeline";
import { complain } from "./toast";
import { formatView, parseView, type View } from "./view";

const EXPIRED = "The session has ended. Sign in again.";

class Dashboard {
  private readonly api: Api;
  private view: View = parseView(location.search);
  private timeline: Timeline | null = null;

  constructor(private readonly session: Session) {
    this.api = new Api(session.account.sid);
    addEventListener("popstate", this.backOrForward);
    this.show();
  }

  /** From the address that the browser went back or forward to. */
  private readonly backOrForward = (): void => {
    this.view = parseView(location.search);
    this.show();
  };

  private go(part: Partial<View>): void {
    this.view = { ...this.view, ...part };
    history.pushState(null, "", formatView(this.view) || location.pathname);
    this.show();
  }

  private show(): void {
    this.drawHeader();
    if (this.view.page === "settings" && this.mayAdminister()) {
      this.leaveTimeline();
      showSettings(byId("main"), this.api);
      return;
    }
    this.timeline ??= new Timeline(byId("main"), this.api, this.session, {
      go: (part) => this.go(part),
      ended: () => this.end(EXPIRED),
    });
    this.timeline.show(this.view);
  }

  private leaveTimeline(): void {
    this.timeline?.destroy();
    this.timeline = null;
  }

  setTheme(theme: Theme): void {
    this.timeline?.setTheme(theme);
    this.drawHeader();
  }

  private drawHeader(): void {
    const link = (page: View["page"], label: string): HTMLElement =>
      h("a", { href: formatView({ ...this.view, page }) || "/", "aria-current": this.view.page === page ? "page" : undefined,
        onclick: (event) => { event.preventDefault(); this.go({ page }); } }, label);
    const dark = currentTheme() === "dark";
    fill(byId("header"),
      h("span", { class: "brand" }, "Milepost"),
      h("span", { class: "account", title: this.session.account.sid }, this.session.account.name),
      h("nav", { "aria-label": "Pages" }, link("timeline", "Timeline"), this.mayAdminister() ? link("settings", "Settings") : null),
      h("span", { class: "gap" }),
      this.session.token ? h("span", { class: "quiet who" }, this.session.token) : null,
      h("button", { type: "button", onclick: () => this.setTheme(toggleTheme()), "aria-label": dark ? "Use the light theme" : "Use the dark theme" }, dark ? "Light" : "Dark"),
      h("button", { type: "button", onclick: () => void this.leave() }, "Sign out"));
  }

  private async leave(): Promise<void> {
    try {
      await signOut();
      this.end(null);
    } catch (error) {
      complain(error);
    }
  }

  private end(reason: string | null): void {
    removeEventListener("popstate", this.backOrForward);
    this.leaveTimeline();
    dashboard = null;
    showSignIn(reason, begin);
  }

  private mayAdminister(): boolean {
    return this.session.scopes.includes("tokens:admin");
  }
}

let dashboard: Dashboard | null = null;

function begin(found: Session): void {
  dashboard = new Dashboard(found);
}

async function start(): Promise<void> {
  applyTheme();
  onSystemTheme((theme) => dashboard?.setTheme(theme));
  try {
    begin(await session());
  } catch (error) {
    const unknown = error instanceof Refusal && error.status === 401;
    showSignIn(unknown ? linkProblem() : (error as Error).message, begin);
  }
}

/** A sign-in link that didn't work leads here with a word in the address. */
function linkProblem(): string | null {
  if (new URLSearchParams(location.search).get("sign-in") !== "failed") return null;
  history.replaceState(null, "", location.pathname);
  return "That link was used already, or is too old. Print a new one with milepost sign-in.";
}

void start();
