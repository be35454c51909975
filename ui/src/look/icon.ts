// Icon: the mark of the page in the browser's tab, with what one wants to see there from another tab.

export type IconState = "idle" | "running" | "ended" | "failed";

const badges: Record<Exclude<IconState, "idle">, string> = { running: "#f4b740", ended: "#1aa6a6", failed: "#e5484d" };

/** The address of the icon. */
export function iconOf(state: IconState): string {
  if (state === "idle") return "/favicon.svg";
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">' +
    '<circle cx="16" cy="16" r="13" fill="#0e2440" stroke="#eab04e" stroke-width="5"/>' +
    `<circle cx="23" cy="23" r="8" fill="${badges[state]}" stroke="#ffffff" stroke-width="2"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
