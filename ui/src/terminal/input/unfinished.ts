// Unfinished: whether a shell that reads line by line would ask for more.

import { blocksOf } from "./blocks";

/** Units of a text up to which it is looked at; nobody types a longer one. */
const longest = 10_000;

/**
 * Whether a command goes on in the next line: a quote, a block, a bracket or a here-document is open, or it ends with a
 * backslash or an operator. Where shells differ, and where it is not sure, it counts as finished.
 */
export function unfinished(text: string): boolean {
  if (text.length > longest) return false;
  const here = hereDocument(text);
  if (here !== null) return here;
  const { end, open, comment } = blocksOf(text);
  if (end < text.length) return text.charAt(end) === "`";
  return open || (!comment && /(?:^|[^\\])(?:\|[|&]?|&&)\s*$/.test(text)) || inFunction(text);
}

/** Whether the here-document of a text lacks its last line; null where there is none. */
function hereDocument(text: string): boolean | null {
  const word = /(?<!<)<<(-?)\s*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([A-Za-z_]\w*))/.exec(text);
  if (!word || text.includes("((")) return null;
  const last = word[2] ?? word[3] ?? word[4];
  const lines = text.slice(word.index).split("\n").slice(1);
  return !lines.some((line) => (word[1] ? line.replace(/^\t+/, "") : line) === last);
}

/** Whether a function of fish has no end yet. Those of other shells have brackets. */
function inFunction(text: string): boolean {
  return /^\s*function\s/.test(text) && !/[{(]/.test(text) && !/(?:^|[;\n])\s*end\b/.test(text);
}
