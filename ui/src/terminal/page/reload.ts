// Reload: what only the page knows of its commands, kept while their tab loads it again. Output comes from the server.

import type { CommandSummary, CommandView } from "../../protocol";

/** What one page leaves to the next one of its tab. */
export interface Kept {
  /** What is known of each command, oldest first. */
  views: readonly CommandView[];
  /** The server ids of commands that were cleared away. */
  forgotten: readonly number[];
}

const key = "porthole.reload";
/** UTF-16 units of all that is kept, far below what a browser takes. */
const most = 1_000_000;

/** Keeps it until the next load of this tab; of the commands the newest, as far as there is room. */
export function keepForReload(views: readonly CommandView[], forgotten: readonly number[]): void {
  let from = views.length;
  for (let room = most; from > 0; from -= 1) {
    room -= JSON.stringify(views[from - 1]).length;
    if (room < 0) break;
  }
  try {
    sessionStorage.setItem(key, JSON.stringify({ views: views.slice(from), forgotten }));
  } catch {
    // Without room for it the server's own knowledge has to do.
  }
}

/** Takes what was kept. Once only: a tab that is duplicated begins with what the server tells. */
export function takeKept(): Kept {
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  try {
    const { views, forgotten } = Object(JSON.parse(text ?? "")) as Partial<Kept>;
    return { views: Array.isArray(views) ? views : [], forgotten: Array.isArray(forgotten) ? forgotten : [] };
  } catch {
    return { views: [], forgotten: [] };
  }
}

/** What was kept of a command that the server names. What came of its output comes again, and is counted again. */
export function findKept({ views }: Kept, { serverId, command }: Pick<CommandSummary, "serverId" | "command">): Partial<CommandView> | null {
  const view = views.find((kept) => kept.serverId === serverId && kept.command === command);
  return view ? { ...view, dropped: 0 } : null;
}
