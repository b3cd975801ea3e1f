// Which window is shown, and the way to others.
import type { Moments } from "../chart";
import { button, element } from "./elements";

/** What is asked of the server: its own words for times. */
export interface Window {
  startTime: string;
  endTime: string;
}

const PRESETS = ["1h", "6h", "24h", "7d", "30d"];

export class Toolbar {
  readonly root = element("div", { className: "toolbar" });
  readonly #told = element("span", { className: "window" });
  readonly #filters = element("span", { className: "filters" });
  readonly #back: HTMLButtonElement;

  constructor(
    readonly moments: Moments,
    onPreset: (window: Window) => void,
    onBack: () => void,
  ) {
    this.#back = button("Back", onBack, "quiet");
    this.#back.disabled = true;
    const presets = element("div", { className: "presets" });
    presets.setAttribute("role", "group");
    presets.setAttribute("aria-label", "Time window");
    for (const preset of PRESETS) {
      presets.append(button(preset, () => onPreset({ startTime: `now-${preset}`, endTime: "now" })));
    }
    this.root.append(presets, this.#back, this.#told, this.#filters);
  }

  show(start: number, end: number, filters: string, canGoBack: boolean): void {
    this.#told.textContent = `${this.moments.short(start)} – ${this.moments.short(end)}`;
    this.#filters.textContent = filters;
    this.#back.disabled = !canGoBack;
  }
}

/** The filters of a call, in words. */
export function filtersIn(given: Record<string, unknown>): string {
  return Object.entries(given)
    .filter(([name, value]) => !["startTime", "endTime"].includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(", ") : String(value)}`)
    .join(" · ");
}
