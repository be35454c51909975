// Stages: what stands between the pipes of a command, and what is left of it after one.

import type { PipeDescription } from "../../protocol";
import { unitOffsets } from "./marks";

/** The text of every stage: one more than there are pipes. */
export function stagesOf(command: string, pipes: readonly PipeDescription[]): string[] {
  const places = unitOffsets(command, pipes.map(({ offset }) => offset));
  const ends = [...places, command.length];
  return ends.map((end, at) => {
    const pipe = pipes[at - 1];
    const start = pipe ? (places[at - 1] ?? 0) + pipe.op.length : 0;
    return command.slice(start, end).replace(/\s+/g, " ").trim();
  });
}

const opening = new Set(["for", "while", "until", "select", "if", "case", "begin", "{"]);
const closing = new Set(["done", "fi", "esac", "end", "}"]);
/** What follows a condition, and so ends a pipeline that stands in one. */
const parting = new Set(["do", "then", "else", "elif"]);

/**
 * Everything after a pipe, as a command of its own: it ends where something closes that was opened before the pipe, such
 * as the loop around it.
 */
export function restAfter(command: string, pipe: PipeDescription): string {
  const [at = 0] = unitOffsets(command, [pipe.offset]);
  const rest = command.slice(at + pipe.op.length);
  return rest.slice(0, endOf(rest)).replace(/[\s;&]+$/, "").trim();
}

function endOf(text: string): number {
  const open: string[] = [];
  let quote = "";
  let word = "";
  for (let at = 0; at <= text.length; at += 1) {
    const character = text.charAt(at);
    if (quote) {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"') at += 1;
      continue;
    }
    const ends = character === "" || /[\s;&|()`'"\\]/.test(character);
    if (!ends) {
      word += character;
      continue;
    }
    const start = at - word.length;
    if (word && isCommand(text, start)) {
      if (opening.has(word)) open.push(word);
      else if ((closing.has(word) && !open.pop()) || (parting.has(word) && !open.length)) return start;
    }
    word = "";
    if (character === "'" || character === '"') quote = character;
    else if (character === "\\") at += 1;
    else if (character === "(") open.push(")");
    else if (character === ")" && open.pop() !== ")") return at;
    else if (character === "`") {
      if (open.at(-1) === "`") open.pop();
      else if (text.indexOf("`", at + 1) === -1) return at;
      else open.push("`");
    }
  }
  return text.length;
}

/** Whether a word at this place is the first of a command, where alone it has its meaning for the shell. */
function isCommand(text: string, at: number): boolean {
  return /(?:^|[;&|\n(]|(?:^|[\s;&|])(?:do|then|else|elif|while|until|if|begin|[!{])\s)\s*$/.test(text.slice(0, at));
}
