// Keys: what a terminal sends for a key.

/** What is needed of a `KeyboardEvent`. */
export interface Key {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
  metaKey: boolean;
}

const cursor: Record<string, string> = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D", Home: "H", End: "F" };
const tilde: Record<string, number> = {
  Insert: 2, Delete: 3, PageUp: 5, PageDown: 6,
  F5: 15, F6: 17, F7: 18, F8: 19, F9: 20, F10: 21, F11: 23, F12: 24,
};
const firstFour: Record<string, string> = { F1: "P", F2: "Q", F3: "R", F4: "S" };
const withCtrl: Record<string, string> = {
  " ": "\0", "@": "\0", "[": "\x1b", "\\": "\x1c", "]": "\x1d", "^": "\x1e", "_": "\x1f", "/": "\x1f", "?": "\x7f",
  "2": "\0", "3": "\x1b", "4": "\x1c", "5": "\x1d", "6": "\x1e", "7": "\x1f", "8": "\x7f",
};

/** The bytes of a key as a string, or null where the browser, or text input, is to have it. */
export function encodeKey(key: Key): string | null {
  if (key.metaKey) return null;
  const modifier = 1 + (key.shiftKey ? 1 : 0) + (key.altKey ? 2 : 0) + (key.ctrlKey ? 4 : 0);
  const meta = key.altKey ? "\x1b" : "";
  switch (key.key) {
    case "Enter":
      return `${meta}\r`;
    case "Backspace":
      return meta + (key.ctrlKey ? "\b" : "\x7f");
    case "Tab":
      return key.ctrlKey ? null : key.shiftKey ? "\x1b[Z" : `${meta}\t`;
    case "Escape":
      return "\x1b";
  }
  const letter = cursor[key.key];
  if (letter) return modifier === 1 ? `\x1b[${letter}` : `\x1b[1;${modifier}${letter}`;
  const code = tilde[key.key];
  if (code) return modifier === 1 ? `\x1b[${code}~` : `\x1b[${code};${modifier}~`;
  const function4 = firstFour[key.key];
  if (function4) return modifier === 1 ? `\x1bO${function4}` : `\x1b[1;${modifier}${function4}`;
  if (key.ctrlKey) return controlCharacter(key, meta);
  if (key.altKey && /^[\x20-\x7e]$/.test(key.key)) return meta + key.key;
  return null;
}

function controlCharacter(key: Key, meta: string): string | null {
  const special = withCtrl[key.key];
  if (special !== undefined) return meta + special;
  // Ctrl and Alt together is AltGr on some keyboards, which types a character.
  if (!/^[a-z]$/i.test(key.key) || key.altKey) return null;
  return controlled(key.key);
}

/** What Ctrl and a typed character are together; the text itself where a terminal knows nothing for it. */
export function controlled(text: string): string {
  const character = text.toUpperCase();
  return withCtrl[text] ?? (/^[A-Z]$/.test(character) ? String.fromCharCode(character.charCodeAt(0) - 64) : text);
}

/** Pasted text as if it was typed: every line end is the Enter key. */
export function encodePaste(text: string): string {
  return text.replace(/\r\n|\n/g, "\r");
}
