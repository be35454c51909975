// Marks: the pipes of the text that is being written, and which of them are breakpoints.

import type { BreakpointRequest, PipeDescription } from "../../protocol";

/** What is done to a pipe when the text runs. */
export type Mode = "off" | "watch" | "hold";

const after: Record<Mode, Mode> = { off: "watch", watch: "hold", hold: "off" };

/** A pipe in the text. */
export interface Mark {
  /** Its rank among the pipes, from 0. */
  index: number;
  /** Where its operator begins, in UTF-16 units. */
  at: number;
  op: string;
  mode: Mode;
}

interface Place {
  at: number;
  op: string;
}

interface Breakpoint extends Place {
  held: boolean;
}

/** Texts whose breakpoints are remembered for when they are called back. */
const remembered = 100;

export class Marks {
  /** The pipes of the text, as far as they are known now, by position. */
  marks: readonly Mark[] = [];
  readonly #ask: (text: string) => Promise<PipeDescription[] | null>;
  readonly #changed: () => void;
  readonly #most: number;
  #text = "";
  #pipes: Place[] = [];
  /** Breakpoints, also where there is no pipe just now, as inside a quote that is still open. */
  #set: Breakpoint[] = [];
  /** The text that `#pipes` was told of, and not guessed from. */
  #told: string | null = "";
  #asking: Promise<void> | null = null;
  readonly #memory = new Map<string, BreakpointRequest[]>();

  /** `ask` tells where the pipes of a text are, or null where nobody knows; at most `most` can be breakpoints. */
  constructor(ask: (text: string) => Promise<PipeDescription[] | null>, changed: () => void, most = 10) {
    this.#ask = ask;
    this.#changed = changed;
    this.#most = most;
  }

  /** The pipes that are breakpoints, as a command asks for them. */
  get breakpoints(): BreakpointRequest[] {
    const set = this.marks.filter(({ mode }) => mode !== "off");
    return set.map(({ index, mode }) => (mode === "hold" ? { location: index, mode } : index));
  }

  /** Whether the pipes are those of the text, and not guessed from an older one. */
  get known(): boolean {
    return this.#told === this.#text;
  }

  /** The text is now this one. Marks move along with what they mark, then the new pipes are asked for. */
  edit(text: string): void {
    if (text === this.#text) return;
    const move = movedBy(this.#text, text);
    this.#pipes = this.#pipes.flatMap(move);
    this.#set = text ? this.#set.flatMap(move) : [];
    this.#text = text;
    this.#told = null;
    this.#show();
    void this.settle();
  }

  /** Puts in a text with breakpoints that are known already, as of a command that ran before. */
  replace(text: string, breakpoints: readonly BreakpointRequest[]): void {
    this.#text = "";
    this.#set = [];
    this.#pipes = [];
    this.#told = "";
    this.edit(text);
    void this.settle().then(() => {
      if (this.#text !== text || this.#told !== text) return;
      for (const breakpoint of breakpoints.slice(0, this.#most)) {
        this.#put(locationOf(breakpoint), typeof breakpoint === "object" && breakpoint.mode === "hold");
      }
      this.#show();
    });
  }

  /** Puts in a text from the history, with the breakpoints that it had last. */
  recall(text: string): void {
    this.replace(text, this.#memory.get(text) ?? []);
  }

  /** Remembers the breakpoints that a text ran with. */
  remember(text: string, breakpoints: BreakpointRequest[]): void {
    this.#memory.delete(text);
    if (breakpoints.length) this.#memory.set(text, breakpoints);
    const oldest = this.#memory.keys().next();
    if (this.#memory.size > remembered && !oldest.done) this.#memory.delete(oldest.value);
  }

  /**
   * Watches a pipe, then holds it, then leaves it alone. Gives what is done to it now; null where there is no such pipe, or as
   * many breakpoints as there may be.
   */
  cycle(index: number): Mode | null {
    const pipe = this.#pipes[index];
    if (!pipe) return null;
    const mode = after[this.marks[index]?.mode ?? "off"];
    this.#set = this.#set.filter(({ at }) => at !== pipe.at);
    const put = mode === "off" || this.#put(index, mode === "hold");
    this.#show();
    return put ? mode : null;
  }

  /** The index of the last pipe before a place, else of the first one; -1 where there is none. */
  near(place: number): number {
    const before = this.#pipes.findLastIndex(({ at }) => at < place);
    return before === -1 && this.#pipes.length ? 0 : before;
  }

  /** Waits until the pipes of the text are known, or nobody can tell them. One question at a time. */
  async settle(): Promise<void> {
    while (this.#told !== this.#text) {
      const asked = this.#text;
      this.#asking ??= this.#learn(asked).finally(() => (this.#asking = null));
      await this.#asking;
      if (this.#text === asked) return;
    }
  }

  async #learn(text: string): Promise<void> {
    const pipes = text.includes("|") ? await this.#ask(text) : [];
    // The answer to an older text is of no use for the one that is there by now.
    if (text !== this.#text || !pipes) return;
    const places = unitOffsets(text, pipes.map(({ offset }) => offset));
    this.#pipes = pipes.map(({ op }, index) => ({ at: places[index] ?? 0, op }));
    this.#told = text;
    this.#show();
  }

  #put(index: number, held: boolean): boolean {
    const pipe = this.#pipes[index];
    const places = new Set(this.#pipes.map(({ at }) => at));
    if (!pipe || this.#set.filter(({ at }) => places.has(at)).length >= this.#most) return false;
    this.#set.push({ ...pipe, held });
    return true;
  }

  #show(): void {
    const set = new Map<number, Mode>(this.#set.map(({ at, held }) => [at, held ? "hold" : "watch"]));
    const marks = this.#pipes.map(({ at, op }, index): Mark => ({ index, at, op, mode: set.get(at) ?? "off" }));
    if (same(marks, this.marks)) return;
    this.marks = marks;
    this.#changed();
  }
}

function same(one: readonly Mark[], other: readonly Mark[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ at, op, mode }, index) => other[index]?.at === at && other[index].op === op && other[index].mode === mode)
  );
}

/** Where a place of the old text is in the new one: none, if what was there has gone. */
function movedBy(old: string, now: string): <P extends Place>(place: P) => P[] {
  const shorter = Math.min(old.length, now.length);
  let before = 0;
  while (before < shorter && old[before] === now[before]) before += 1;
  let after = 0;
  while (after < shorter - before && old[old.length - 1 - after] === now[now.length - 1 - after]) after += 1;
  return (place) => {
    const { at, op } = place;
    if (at + op.length <= before) return [place];
    return at >= old.length - after ? [{ ...place, at: at + now.length - old.length }] : [];
  };
}

/** The index of the pipe that a breakpoint is for. */
export function locationOf(breakpoint: BreakpointRequest): number {
  return typeof breakpoint === "number" ? breakpoint : breakpoint.location;
}

/** Places in the UTF-8 of a text, in ascending order, as places in its UTF-16. */
export function unitOffsets(text: string, bytes: readonly number[]): number[] {
  const units: number[] = [];
  let byte = 0;
  let unit = 0;
  for (const wanted of bytes) {
    while (byte < wanted && unit < text.length) {
      const point = text.codePointAt(unit) ?? 0;
      byte += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
      unit += point < 0x10000 ? 1 : 2;
    }
    units.push(unit);
  }
  return units;
}
