// The dashboard: who is there, what is looked at, and the page for it.

import "./style.css";
import { Api, Refusal, type Session, session, signOut } from "./api";
import { byId, fill, h } from "./dom";
import { drawHeader } from "./header";
import { showSettings } from "./settings";
import { showSignIn } from "./signin";
import { applyTheme, onSystemTheme, type Theme, toggleTheme } from "./theme";
import { Timeline } from "./timeline";
import { complain } from "./toast";
import { formatView, keptInBounds, parseView, type Range, type View, type Window } from "./view";

const EXPIRED = "The session has ended. Sign in again.";
const MOST_ZOOMS = 20;

class Dashboard {
  readonly #api: Api;
  #view: View = parseView(location.search);
  #timeline: Timeline | null = null;

  constructor(private readonly session: Session) {
    this.#api = new Api(session.account.sid);
    addEventListener("popstate", this.#backOrForward);
    this.#show();
  }

  setTheme(theme: Theme): void {
    this.#timeline?.setTheme(theme);
    this.#drawHeader();
  }

  /** From the address that the browser went back or forward to. */
  readonly #backOrForward = (): void => {
    this.#view = parseView(location.search);
    this.#show();
  };

  /** Each step is one of the browser's history, which also keeps what was zoomed from. */
  #go(part: Partial<View>, { replace = false, zoomedFrom = part.range ? [] : zooms() } = {}): void {
    const page = this.#view.page;
    this.#view = { ...this.#view, ...part };
    const address = formatView(this.#view) || location.pathname;
    history[replace ? "replaceState" : "pushState"]({ zoomedFrom }, "", address);
    this.#show();
    // Whoever can't see that the page is another one is led to its beginning.
    if (page !== this.#view.page) byId("main").focus();
  }

  #zoom(window: Window): void {
    const zoomedFrom = [...zooms(), this.#view.range].slice(-MOST_ZOOMS);
    this.#go({ range: keptInBounds(window, Date.now()) }, { zoomedFrom });
  }

  #show(): void {
    this.#drawHeader();
    const settings = this.#view.page === "settings" && this.#mayAdminister();
    document.title = settings ? "Settings · Milepost" : "Milepost";
    if (settings) return this.#showSettings();
    this.#timeline ??= new Timeline(byId("main"), this.#api, this.session, () => this.#end(EXPIRED));
    const before = zooms();
    const zoomOut = before.length ? (): void => this.#go({ range: before.at(-1)! }, { zoomedFrom: before.slice(0, -1) }) : null;
    this.#timeline.show(this.#view, {
      go: (part, how) => this.#go(part, how), zoom: (window) => this.#zoom(window), zoomOut, ended: () => this.#end(EXPIRED),
    });
  }

  #showSettings(): void {
    this.#leaveTimeline();
    showSettings(byId("main"), this.#api, this.session, () => this.#end(EXPIRED));
  }

  #drawHeader(): void {
    drawHeader(byId("header"), this.session, this.#mayAdminister() ? ["timeline", "settings"] : ["timeline"], this.#view, {
      go: (page) => this.#go({ page }), theme: () => this.setTheme(toggleTheme()), leave: () => void this.#leave(),
    });
  }

  #leaveTimeline(): void {
    this.#timeline?.destroy();
    this.#timeline = null;
  }

  async #leave(): Promise<void> {
    try {
      await signOut();
      this.#end(null);
    } catch (error) {
      complain(error);
    }
  }

  #end(reason: string | null): void {
    if (dashboard !== this) return;
    removeEventListener("popstate", this.#backOrForward);
    this.#leaveTimeline();
    for (const open of document.querySelectorAll("dialog")) open.close();
    dashboard = null;
    showSignIn(reason, begin);
  }

  #mayAdminister(): boolean {
    return this.session.scopes.includes("tokens:admin");
  }
}

let dashboard: Dashboard | null = null;

/** The ranges that were zoomed from to get here, the latest last. */
function zooms(): Range[] {
  return (history.state as { zoomedFrom?: Range[] } | null)?.zoomedFrom ?? [];
}

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
    if (unknown) showSignIn(null, begin);
    else fill(byId("main"), h("p", { class: "problem", role: "alert" }, (error as Error).message, " Reload the page to try again."));
  }
}

void start();
