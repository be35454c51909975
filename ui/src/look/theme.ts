// Theme: light or dark as the system says, or as the person chose for this browser.

import { paletteCss, type Theme } from "./palette";

export type Choice = Theme | "system";

const key = "porthole.theme";
const light = matchMedia("(prefers-color-scheme: light)");
const sheet = new CSSStyleSheet();
const listeners = new Set<(theme: Theme) => void>();

export function choice(): Choice {
  const kept = localStorage.getItem(key);
  return kept === "light" || kept === "dark" ? kept : "system";
}

export function theme(): Theme {
  const chosen = choice();
  return chosen === "system" ? (light.matches ? "light" : "dark") : chosen;
}

export function choose(chosen: Choice): void {
  if (chosen === "system") localStorage.removeItem(key);
  else localStorage.setItem(key, chosen);
  show();
}

/** Calls `listener` whenever the theme changes; gives the way to stop that. */
export function onTheme(listener: (theme: Theme) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Puts the theme on the page, now and whenever the system's changes. */
export function startTheme(): void {
  document.adoptedStyleSheets.push(sheet);
  light.addEventListener("change", show);
  show();
}

function show(): void {
  const current = theme();
  document.documentElement.dataset["theme"] = current;
  sheet.replaceSync(paletteCss(current));
  for (const listener of listeners) listener(current);
}
