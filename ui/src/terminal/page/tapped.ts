// Tapped: what is known of the flow through a watched pipe, in words.

import type { BreakpointAnswer, ChunkStream, Command, CommandView, TapRun, Taken } from "../../protocol";
import { locationOf } from "../input/marks";
import { bytes, exitWord, number } from "./wording";

export type FlowState = "waiting" | "flowing" | "held" | "ended" | "failed" | "unavailable";

/** Bytes from which on a rate tells something. */
const telling = 100_000;
/** A stage whose reader has had enough: SIGPIPE is no failure. */
const hadEnough = 128 + 13;

export interface Flow {
  state: FlowState;
  /** The state in a word or two. */
  word: string;
  /** Counts, the most telling first. */
  facts: string[];
  /** The same as short as can be, for the line of the pipeline; "" where nothing came. */
  brief: string;
}

/** The flow of one run; `live` while its command runs, `held` where its pipe was asked to be held before it began. */
export function flowOf(run: TapRun | undefined, live: boolean, answer?: BreakpointAnswer, held = false): Flow {
  if (answer?.result === "error") return { state: "unavailable", word: "not watched", facts: [], brief: "" };
  const count = run?.count;
  if (!run || !count) {
    if (live && held) return { state: "held", word: "held", facts: [], brief: "" };
    return { state: live ? "waiting" : "ended", word: live ? "waiting" : "nothing came", facts: [], brief: "" };
  }
  const facts = [lines(run), bytes(count.bytes)];
  if (live && count.waiting) facts.unshift(`${bytes(count.waiting)} waiting`);
  // One write has none.
  if (count.bytes >= telling && count.rate > 0) facts.push(`${bytes(count.rate)}/s`);
  if (count.stderrBytes > 0) facts.push(`${bytes(count.stderrBytes)} of errors`);
  if (count.dropped > 0) facts.push(`${bytes(count.dropped)} too fast to show`);
  return { ...stateOf(count, live), facts, brief: bytes((live && count.waiting) || count.bytes) };
}

function stateOf({ ended, held, status }: NonNullable<TapRun["count"]>, live: boolean): Pick<Flow, "state" | "word"> {
  if (held && live) return { state: "held", word: "held" };
  if (status !== undefined) return { state: status === 0 || status === hadEnough ? "ended" : "failed", word: exitWord(status) };
  if (ended || !live) return { state: "ended", word: "ended" };
  return { state: "flowing", word: "flowing" };
}

/** Lines of what was shown; more came by where some was too fast. */
function lines({ lines, count }: TapRun): string {
  const more = count?.dropped ? "+" : "";
  return `${number(lines)}${more} ${lines === 1 && !more ? "line" : "lines"}`;
}

/** The indexes of the pipes that a block has something to tell of, in order. */
export function watched(view: CommandView): number[] {
  return view.breakpoints.map(({ location }) => location).sort((a, b) => a - b);
}

/** Whether a command was asked to hold the pipe. */
export function holds(view: CommandView, location: number): boolean {
  const asked = view.options.breakpoints?.find((each) => locationOf(each) === location);
  return typeof asked === "object" && asked.mode === "hold";
}

/**
 * The pipe that a step or the like is for when none is named: of those that are held the last where something waits, so that it
 * leaves the pipeline before more comes; else the first. Undefined where none is held.
 */
export function heldPipe(command: Command): number | undefined {
  const flows = watched(command.view).map((location) => ({ location, count: command.taps.at(location)?.runs.at(-1)?.count }));
  const held = flows.filter(({ location, count }) => (count ? count.held : holds(command.view, location)));
  return (held.findLast(({ count }) => count?.waiting) ?? held[0])?.location;
}

/** What the server says of a breakpoint, as a sentence: it begins and ends in the midst of one. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${message.endsWith(".") ? "" : "."}`;
}

/** Which of a stage's streams a panel shows. */
export type Shown = "both" | ChunkStream;

/** What came of the streams that are shown. */
export function shownOf(taken: Taken, shown: Shown): Taken {
  if (shown === "both") return taken;
  const lines = { stdout: "", stderr: "", [shown]: taken.lines[shown] };
  return { ...taken, pieces: taken.pieces.filter(({ stream }) => stream === shown), lines };
}

/** Output of a terminal without what only a terminal understands, as HTML. */
export function plainHtml(raw: string): string {
  return raw
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}

/** The same where the command's format is text or raw: as HTML of the plain characters. */
export function plainly(taken: Taken): Taken {
  const lines = { stdout: plainHtml(taken.lines.stdout), stderr: plainHtml(taken.lines.stderr) };
  return { ...taken, pieces: taken.pieces.map((piece) => ({ ...piece, data: plainHtml(piece.data) })), lines };
}
