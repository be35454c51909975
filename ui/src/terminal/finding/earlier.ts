// Earlier: what ran before, as the search and the arrow keys want it from the server's history.

import type { HistoryAnswer, HistoryEntry, HistoryRequest } from "../../protocol";

export type AskHistory = (ask: HistoryRequest) => Promise<HistoryAnswer>;

/** Answers that are asked for, for one text that is to be forgotten. */
const mostPages = 50;
/** Bytes of a query. */
const longestQuery = 1000;

/** What ran before, and in which session one asks. */
export interface Earlier {
  /** Oldest first, with those of this session last. */
  commands: string[];
  /** The session's number on the server; null where the server cannot tell. */
  session: number | null;
}

export async function earlierCommands(ask: AskHistory): Promise<Earlier> {
  try {
    const [all, session] = await Promise.all([
      ask({ distinct: true, limit: 200 }),
      ask({ distinct: true, sessionOnly: true, limit: 200 }),
    ]);
    const own = session.commands.map(({ command }) => command);
    const others = all.commands.map(({ command }) => command).filter((command) => !own.includes(command));
    return { commands: [...others.reverse(), ...own.reverse()], session: session.session };
  } catch {
    return { commands: [], session: null };
  }
}

/** The numbers of every command of exactly this text. */
export async function idsOf(ask: AskHistory, { id, command }: HistoryEntry): Promise<number[]> {
  const query = beginning(command);
  const ids = new Set([id]);
  let before: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await ask({ query, limit: 200, ...(before === undefined ? {} : { before }) });
    for (const found of answer.commands) if (found.command === command) ids.add(found.id);
    before = answer.before;
    if (before === undefined) break;
  }
  return [...ids];
}

/** As much of a text as a query may have, in whole characters. */
function beginning(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= longestQuery) return text;
  return new TextDecoder().decode(bytes.subarray(0, longestQuery)).replace(/\ufffd+$/, "");
}

/** A time as one remembers it: "just now", "5 min ago", "yesterday"; "" where it is not known. */
export function ago(time: string, now: number): string {
  const then = Date.parse(time);
  if (Number.isNaN(then)) return "";
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  const days = Math.floor(minutes / (24 * 60));
  return days === 1 ? "yesterday" : days < 30 ? `${days} days ago` : new Date(then).toLocaleDateString();
}

/** A text in pieces, of which every second one is what was looked for. Case counts where `query` has upper case. */
export function matched(text: string, query: string): string[] {
  if (!query) return [text];
  const fold = (value: string) => (/\p{Lu}/u.test(query) ? value : value.toLowerCase());
  const [folded, wanted] = [fold(text), fold(query)];
  // Where folding changes the length, places do not fit.
  if (folded.length !== text.length) return [text];
  const pieces: string[] = [];
  let from = 0;
  for (let at = folded.indexOf(wanted); at !== -1; at = folded.indexOf(wanted, from)) {
    pieces.push(text.slice(from, at), text.slice(at, at + wanted.length));
    from = at + wanted.length;
  }
  return [...pieces, text.slice(from)];
}
