// Completing: what the word at the caret can become, asked of the session's shell while one goes on writing.

import { accept, type Completion, type Completions } from "../../protocol";

/** What is shown of an answer. */
export interface Shown {
  /** The completions that begin as the word does now. */
  items: readonly Completion[];
  chosen: number;
  /** The server knows more than these. */
  cut: boolean;
}

/** A line with its caret, both in UTF-16 units. */
export interface Line {
  text: string;
  caret: number;
}

/** What became of a Tab. */
export type Outcome = "completed" | "listed" | "nothing" | "unreachable" | "late";

/** Asks what the word behind so many units of a line can become; null where that cannot be told. */
export type AskCompletions = (line: string, caret: number) => Promise<Completions | null>;

export interface CompletingOptions {
  /** How often the shell is asked again that has not told in time. */
  again?: number;
  /** Waits before it is. */
  pause?: () => Promise<void>;
}

interface Found {
  /** The shell had no time to tell: these are files and former lines. */
  isGuess: boolean;
  completions: readonly Completion[];
  cut: boolean;
  /** The line that was asked for, up to where its word begins. */
  before: string;
  /** What follows the part that is replaced. */
  after: string;
}

export class Completing {
  readonly #ask: AskCompletions;
  readonly #changed: (shown: Shown | null) => void;
  #found: Found | null = null;
  #shown: Shown | null = null;
  #line: Line = { text: "", caret: 0 };
  /** Grows with every reason for which an answer that is on its way has lost its question. */
  #version = 0;
  #asking = false;
  readonly #again: number;
  readonly #pause: () => Promise<void>;

  constructor(ask: AskCompletions, changed: (shown: Shown | null) => void, options: CompletingOptions = {}) {
    this.#ask = ask;
    this.#changed = changed;
    this.#again = options.again ?? 8;
    this.#pause = options.pause ?? (() => new Promise((resolve) => setTimeout(resolve, 150)));
  }

  get shown(): Shown | null {
    return this.#shown;
  }

  /** Completes a line as far as it is clear, and lists what it can become where it is not. Gives the line then. */
  async start(line: Line): Promise<{ outcome: Outcome; line?: Line }> {
    this.close();
    this.#line = line;
    const version = this.#version;
    // Who has written on meanwhile is not stopped.
    const isLate = () => version !== this.#version || this.#line !== line;
    let found: Found;
    try {
      found = await this.#askFor(line);
      for (let again = 0; found.isGuess && again < this.#again && !isLate(); again += 1) {
        // Nothing is taken, or said not to be there, before the shell was heard; there is something to choose from at once.
        if (found.completions.length > 1 && !this.#shown) {
          this.#found = found;
          this.#show(found.completions, 0);
        }
        await this.#pause();
        if (isLate() || this.#shown?.chosen) break;
        found = await this.#askFor(line);
      }
    } catch {
      return { outcome: isLate() ? "late" : "unreachable" };
    }
    if (isLate()) return { outcome: "late" };
    // Who chooses already goes on with what there is.
    if (this.#shown?.chosen) return { outcome: "listed" };
    const [first, ...others] = found.completions;
    if (!first || (!others.length && !found.cut)) this.close();
    if (!first) return { outcome: "nothing" };
    if (!others.length && !found.cut) return { outcome: "completed", line: taken(found, first) };
    this.#found = found;
    this.#show(found.completions, 0);
    const common = found.cut ? "" : commonBeginning(found.completions.map(({ text }) => text));
    const word = line.text.slice(found.before.length, line.caret);
    if (common.length <= word.length || !common.startsWith(word)) return { outcome: "listed" };
    const text = found.before + common;
    this.#line = { text: text + found.after, caret: text.length };
    return { outcome: "listed", line: this.#line };
  }

  /** The line was written on: what no longer fits goes, and the shell is asked again. */
  edit(line: Line): void {
    if (line.text === this.#line.text && line.caret === this.#line.caret) return;
    this.#line = line;
    const found = this.#found;
    if (!found) return;
    const { text, caret } = line;
    const end = text.length - found.after.length;
    const inWord = text.startsWith(found.before) && text.endsWith(found.after) && caret === end && caret >= found.before.length;
    const word = text.slice(found.before.length, caret);
    if (!inWord || /\s$/.test(word)) return this.close();
    this.#show(found.completions.filter(({ text }) => text.startsWith(word)), 0);
    void this.#askAgain();
  }

  /** Chooses the next or a former one, round the ends. */
  move(by: number): void {
    const shown = this.#shown;
    if (!shown?.items.length) return;
    const count = shown.items.length;
    this.#show(shown.items, (((shown.chosen + by) % count) + count) % count);
  }

  /** Takes one, the chosen one where none is named; null where there is none. */
  accept(at = this.#shown?.chosen ?? 0): Line | null {
    const [found, item] = [this.#found, this.#shown?.items[at]];
    this.close();
    if (!found || !item) return null;
    this.#line = taken(found, item);
    return this.#line;
  }

  close(): void {
    this.#version += 1;
    this.#found = null;
    if (!this.#shown) return;
    this.#shown = null;
    this.#changed(null);
  }

  /** One question at a time; the newest line is the one that counts. */
  async #askAgain(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (let again = 0; this.#found; ) {
        const [line, version] = [this.#line, this.#version];
        const found = await this.#askFor(line);
        if (version !== this.#version) break;
        if (line !== this.#line) continue;
        if (found.isGuess && again < this.#again) {
          again += 1;
          await this.#pause();
          continue;
        }
        if (!found.completions.length) return this.close();
        this.#found = found;
        this.#show(found.completions, 0);
        break;
      }
    } catch {
      // What is shown goes on to be filtered here.
    } finally {
      this.#asking = false;
    }
  }

  async #askFor({ text, caret }: Line): Promise<Found> {
    const answer = await this.#ask(text, caret);
    if (!answer) throw new Error("Completions cannot be had now.");
    const { completions, cut, from, to, late = false } = answer;
    return { isGuess: late, completions, cut, before: text.slice(0, from), after: text.slice(to) };
  }

  #show(items: readonly Completion[], chosen: number): void {
    this.#shown = { items, chosen, cut: this.#found?.cut ?? false };
    this.#changed(this.#shown);
  }
}

/** The line with a completion in place of the word. */
function taken({ before, after }: Found, completion: Completion): Line {
  const { line, cursor } = accept(before + after, { from: before.length, to: before.length }, completion);
  return { text: line, caret: cursor };
}

function commonBeginning(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  let length = first.length;
  for (const text of others) {
    while (!text.startsWith(first.slice(0, length))) length -= 1;
  }
  // A pair of surrogates stays together.
  const last = first.charCodeAt(length - 1);
  return first.slice(0, last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
