// Editing: the keys by which a shell's own line editor changes a line, where the browser has others or none.

/** A text with what is selected of it, in UTF-16 units; without a selection both places are the caret's. */
export interface Edited {
  text: string;
  start: number;
  end: number;
}

type Edit = (line: Edited) => { text: string; caret: number };

const cut = ({ text }: Edited, from: number, to: number) => ({ text: text.slice(0, from) + text.slice(to), caret: from });
const beginOf = ({ text, start }: Edited) => text.lastIndexOf("\n", start - 1) + 1;
const endOf = ({ text }: Edited, from: number) => {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
};
/** Where the word before the caret begins, by blanks or by what is no letter. */
const wordBefore = ({ text, start }: Edited, word: RegExp) => start - (word.exec(text.slice(0, start))?.[0].length ?? 0);
const wordAfter = ({ text, end }: Edited) => end + (/^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(text.slice(end))?.[0].length ?? 0);
/** Where the character at the caret ends: a pair of surrogates and what combines with it go together. */
const characterAfter = ({ text, end }: Edited) => end + (/^(?:\P{M}\p{M}*|\p{M}+)/u.exec(text.slice(end))?.[0].length ?? 0);
const blanks = /\S*\s*$/;
const letters = /[\p{L}\p{N}]*[^\p{L}\p{N}]*$/u;

const edits: Record<string, Edit> = {
  "ctrl-a": (line) => ({ text: line.text, caret: beginOf(line) }),
  "ctrl-e": (line) => ({ text: line.text, caret: endOf(line, line.end) }),
  "ctrl-u": (line) => cut(line, beginOf(line), line.start),
  "ctrl-k": (line) => cut(line, line.start, endOf(line, line.end)),
  "ctrl-w": (line) => cut(line, wordBefore(line, blanks), line.end),
  "ctrl-d": (line) => cut(line, line.start, line.end > line.start ? line.end : characterAfter(line)),
  "alt-backspace": (line) => cut(line, wordBefore(line, letters), line.end),
  "alt-d": (line) => cut(line, line.start, wordAfter(line)),
  "alt-b": (line) => ({ text: line.text, caret: wordBefore(line, letters) }),
  "alt-f": (line) => ({ text: line.text, caret: wordAfter(line) }),
};

/** What a key makes of a line; null where it is no key of a line editor. Keys are named like "ctrl-a" and "alt-b". */
export function edit(key: string, line: Edited): { text: string; caret: number } | null {
  return edits[key]?.(line) ?? null;
}
