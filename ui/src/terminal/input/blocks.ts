// Blocks: what is opened and closed in a command, as far as that is the same for bash, zsh, fish and sh.

/** What was found in a text. */
export interface Blocks {
  /** Where something closes that the text does not open; the length of the text where nothing does. */
  end: number;
  /** Whether a quote, a block or a bracket is left open, or the last character is a backslash that joins lines. */
  open: boolean;
  /** Whether it ends within a comment. */
  comment: boolean;
}

const opening = new Set(["for", "while", "until", "select", "if", "case", "switch", "begin", "{"]);
const closing = new Set(["done", "fi", "esac", "end", "}"]);
/** What follows a condition, and so ends a pipeline that stands in one. */
const parting = new Set(["do", "then", "else", "elif"]);
/** Words of the shell's own before a command. */
const leading = new Set([...parting, "while", "until", "if", "begin", "!", "{"]);

/** Goes through a text until its end, or until something closes that it does not open. */
export function blocksOf(text: string): Blocks {
  const open: string[] = [];
  let quote = "";
  let word = "";
  /** Whether the next word is the first of a command, where alone it has its meaning for the shell. */
  let fresh = true;
  let joined = false;
  let comment = false;
  const left = (end: number): Blocks => ({ end, open: joined || quote !== "" || open.length > 0, comment });
  for (let at = 0; at <= text.length; at += 1) {
    const character = text.charAt(at);
    if (quote) {
      if (character === quote.at(-1)) quote = "";
      else if (character === "\\" && quote !== "'") at += 1;
      continue;
    }
    if (character === "#" && !word && /^$|[\s;&|(]/.test(text.charAt(at - 1))) {
      const end = text.indexOf("\n", at);
      comment = end === -1;
      if (comment) return left(text.length);
      at = end - 1;
      continue;
    }
    if (character !== "" && !/[\s;&|()`'"\\]/.test(character)) {
      word += character;
      continue;
    }
    const start = at - word.length;
    if (word && fresh) {
      if (opening.has(word)) open.push(word);
      else if ((closing.has(word) && !open.pop()) || (parting.has(word) && !open.length)) return left(start);
      fresh = leading.has(word);
    }
    if (/[;&|\n()`]/.test(character)) fresh = true;
    else if (/['"\\]/.test(character)) fresh = false;
    if (character === "'" || character === '"') quote = character === "'" && word.endsWith("$") ? "$'" : character;
    word = "";
    if (character === "\\") {
      joined = at === text.length - 1;
      at += 1;
    } else if (character === "(") open.push(")");
    else if (character === ")" && open.at(-1) !== "case" && open.pop() !== ")") return left(at);
    else if (character === "`") {
      if (open.at(-1) === "`") open.pop();
      else if (text.indexOf("`", at + 1) === -1) return left(at);
      else open.push("`");
    }
  }
  return left(text.length);
}
