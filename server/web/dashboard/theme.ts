// Light or dark: the system's choice until the viewer makes one, which this browser remembers.

import { paintLook } from "../chart/look";
import type { Theme } from "../chart/timeline";

export type { Theme };

const KEY = "milepost-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

export function currentTheme(): Theme {
  const chosen = localStorage.getItem(KEY);
  if (chosen === "light" || chosen === "dark") return chosen;
  return system.matches ? "dark" : "light";
}

export function applyTheme(): Theme {
  const theme = currentTheme();
  document.documentElement.dataset["theme"] = theme;
  paintLook(document.documentElement, theme);
  return theme;
}

export function toggleTheme(): Theme {
  localStorage.setItem(KEY, currentTheme() === "dark" ? "light" : "dark");
  return applyTheme();
}

/** Calls back when the system changes its mind and the viewer has none. */
export function onSystemTheme(changed: (theme: Theme) => void): void {
  system.addEventListener("change", () => changed(applyTheme()));
}
