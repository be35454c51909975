// Reload: what the blocks show, kept while their tab loads the page again. The server sends output once only.

import type { Chunk, CommandSummary, CommandView, Known, Piece, StageCount } from "../../protocol";

/** What a block shows. */
export interface Shown {
  view: CommandView;
  pieces: Piece[];
  lines: { stdout: string; stderr: string };
  /** What flowed through its watched pipes. */
  taps?: Chunk[];
  stages?: StageCount[];
}

const key = "porthole.reload";
/** UTF-16 units that are kept of one block and of all. */
const most = { block: 200_000, all: 2_000_000 };
/** UTF-16 units that are kept of one run of a watched pipe. */
export const mostOfATap = 20_000;

/** Keeps what the blocks show until the next load of this tab; the newest ones first, as far as there is room. */
export function keepForReload(blocks: Shown[]): void {
  let room = most.all;
  const kept: Shown[] = [];
  for (const block of [...blocks].reverse()) {
    const shown = { ...block, pieces: newest(block.pieces, Math.min(room, most.block)) };
    room -= sizeOf(shown.pieces);
    if (sizeOf(shown.taps ?? []) > room) delete shown.taps;
    room -= sizeOf(shown.taps ?? []);
    kept.push(shown);
  }
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Without room for it the blocks come back empty.
  }
}

/** Takes what was kept. Once only: a tab that is duplicated gets everything from the server. */
export function takeKept(): Shown[] {
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  try {
    return JSON.parse(text ?? "[]") as Shown[];
  } catch {
    return [];
  }
}

/** What was kept of a command that the server's list names: its view, and its output as chunks. */
export function findKept(kept: Shown[], summary: CommandSummary): Known | null {
  const shown = kept.find(({ view }) => view.serverId === summary.serverId && view.command === summary.command);
  if (!shown) return null;
  const chunks: Chunk[] = shown.pieces.map(({ stream, data }) => ({ stream, data }));
  for (const stream of ["stdout", "stderr"] as const) {
    if (shown.lines[stream]) chunks.push({ stream, data: "", line: shown.lines[stream] });
  }
  return { view: shown.view, chunks: [...chunks, ...(shown.taps ?? [])], stages: shown.stages ?? [] };
}

const sizeOf = (pieces: readonly { data: string }[]) => pieces.reduce((sum, { data }) => sum + data.length, 0);

/** The last pieces of at most `room` units together; a piece is kept whole or not at all. */
function newest(pieces: Piece[], room: number): Piece[] {
  let from = pieces.length;
  for (let left = room; from > 0; from -= 1) {
    left -= pieces[from - 1]?.data.length ?? 0;
    if (left < 0) break;
  }
  return pieces.slice(from);
}
