// Taps: what flowed through the watched pipes of a command, each run by itself and bounded.

import type { Chunk, ChunkStream, Output, StageCount } from "./generated";
import { countLines, type Piece, type Taken } from "./output";

/** UTF-16 units that are kept of one run, and of all runs of one pipe. */
const most = { run: 1 << 20, pipe: 4 << 20 };
/** UTF-16 units up to which a piece grows. */
const pieceSize = 8 << 10;
/** Runs of one pipe that are kept. */
const mostRuns = 64;

/** How far a reader of a run has come; `start()` for one that begins. */
export interface Cursor {
  piece: number;
  /** Units of that piece that were read. */
  at: number;
  lines: number;
}

export const start = (): Cursor => ({ piece: 0, at: 0, lines: 0 });

/** One time that the shell came by a pipe. */
export class TapRun {
  readonly run: number;
  /** The server's counts; null until it told some. */
  count: StageCount | null = null;
  /** Line ends that came by, also those that are kept no more. */
  lines = 0;
  /** UTF-16 units that are kept. */
  size = 0;
  #pieces: Piece[] = [];
  #first = 0;
  #droppedLines = 0;
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  #unfinished: Record<ChunkStream, string> = { stdout: "", stderr: "" };

  constructor(run: number) {
    this.run = run;
  }

  /** Takes in a chunk. */
  apply({ stream, data, line }: Pick<Chunk, "stream" | "data" | "line">, room = most.run): void {
    this.#unfinished[stream] = line ?? "";
    if (!data) return;
    const last = this.#pieces.at(-1);
    if (last?.stream === stream && last.data.length < pieceSize) last.data += data;
    else this.#pieces.push({ stream, data });
    this.size += data.length;
    this.lines += countLines(data);
    while (this.size > room && this.#pieces.length > 1) this.#dropOldest();
  }

  /** Takes in bytes as they came by. */
  applyBytes(stream: ChunkStream, bytes: Uint8Array): void {
    this.apply({ stream, data: this.#decoders[stream].decode(bytes, { stream: true }) });
  }

  /** What came since `cursor`, which is moved on. Unlike a command's output, it stays here for who looks next. */
  since(cursor: Cursor): Taken {
    const lost = cursor.piece < this.#first;
    const [from, at] = lost ? [this.#first, 0] : [cursor.piece, cursor.at];
    const pieces = this.#pieces.slice(from - this.#first);
    const half = pieces[0];
    if (half && at > 0) pieces[0] = { ...half, data: half.data.slice(at) };
    const droppedLines = lost ? Math.max(0, this.#droppedLines - cursor.lines) : 0;
    cursor.piece = this.#first + Math.max(0, this.#pieces.length - 1);
    cursor.at = this.#pieces.at(-1)?.data.length ?? 0;
    cursor.lines = this.lines;
    return { pieces: pieces.filter(({ data }) => data), lines: { ...this.#unfinished }, droppedLines };
  }

  /** Lets go of everything but the counts. */
  empty(): void {
    while (this.#pieces.length) this.#dropOldest();
  }

  #dropOldest(): void {
    const oldest = this.#pieces.shift();
    if (!oldest) return;
    this.#first += 1;
    this.size -= oldest.data.length;
    this.#droppedLines += countLines(oldest.data);
  }
}

/** A watched pipe. */
export class Tap {
  readonly location: number;
  /** Its runs that are kept, oldest first. */
  readonly runs: TapRun[] = [];

  constructor(location: number) {
    this.location = location;
  }

  /** Gives the run of this number, made where it is new; undefined when it is older than all that are kept. */
  run(number: number): TapRun | undefined {
    const at = this.runs.findIndex(({ run }) => run >= number);
    const known = this.runs[at];
    if (known?.run === number) return known;
    if (this.runs.length >= mostRuns && at === 0) return undefined;
    const made = new TapRun(number);
    this.runs.splice(at === -1 ? this.runs.length : at, 0, made);
    if (this.runs.length > mostRuns) this.runs.shift();
    return made;
  }

  /** Keeps all runs together below their bound; the oldest are emptied first. */
  shrink(): void {
    let size = this.runs.reduce((sum, run) => sum + run.size, 0);
    for (const run of this.runs) {
      if (size <= most.pipe) return;
      size -= run.size;
      run.empty();
    }
  }
}

/** The watched pipes of a command. */
export class Taps {
  readonly #taps = new Map<number, Tap>();

  /** The pipe of this index, or undefined while nothing is known of it. */
  at(location: number): Tap | undefined {
    return this.#taps.get(location);
  }

  /** Takes in what an update says of taps. */
  apply(output: Output, stages: StageCount[] = []): void {
    for (const chunk of "chunks" in output ? output.chunks : []) {
      if (chunk.location === undefined) continue;
      const tap = this.#tap(chunk.location);
      tap.run(chunk.run ?? 0)?.apply(chunk);
      tap.shrink();
    }
    for (const count of stages) {
      const run = this.#tap(count.location).run(count.run);
      if (run) run.count = count;
    }
  }

  /** Takes in bytes that flowed through a pipe. */
  applyBytes(location: number, run: number, stream: ChunkStream, bytes: Uint8Array): void {
    const tap = this.#tap(location);
    tap.run(run)?.applyBytes(stream, bytes);
    tap.shrink();
  }

  /** Forgets everything. */
  reset(): void {
    this.#taps.clear();
  }

  #tap(location: number): Tap {
    const known = this.#taps.get(location);
    if (known) return known;
    const made = new Tap(location);
    this.#taps.set(location, made);
    return made;
  }
}
