// Tapped: what is known of the flow through a watched pipe, in words.

import type { BreakpointAnswer, CommandView, TapRun } from "../../protocol";
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

/** The flow of one run; `live` while its command runs. */
export function flowOf(run: TapRun | undefined, live: boolean, answer?: BreakpointAnswer): Flow {
  if (answer?.result === "error") return { state: "unavailable", word: "not watched", facts: [], brief: "" };
  const count = run?.count;
  if (!run || !count) return { state: live ? "waiting" : "ended", word: live ? "waiting" : "nothing came", facts: [], brief: "" };
  const facts = [lines(run), bytes(count.bytes)];
  if (count.bytes >= telling) facts.push(`${bytes(count.rate)}/s`);
  if (count.stderrBytes > 0) facts.push(`${bytes(count.stderrBytes)} of errors`);
  if (count.dropped > 0) facts.push(`${bytes(count.dropped)} too fast to show`);
  return { ...stateOf(count, live), facts, brief: bytes(count.bytes) };
}

function stateOf({ ended, status }: NonNullable<TapRun["count"]>, live: boolean): Pick<Flow, "state" | "word"> {
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

/** Output of a terminal without what only a terminal understands, as HTML. */
export function plainHtml(raw: string): string {
  return raw
    .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])|[\x00-\x08\x0b-\x1f\x7f]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;");
}
