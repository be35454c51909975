// Output: a command's output as it arrives, bounded, until whoever draws it takes it.

import type { Chunk, ChunkStream, Output, ScreenCursor, ScreenUpdate } from "./generated";

/** Finished output of one stream, in the command's format. */
export interface Piece {
  stream: ChunkStream;
  data: string;
  /** In place of text the bytes of a `raw` command, as they were printed. */
  bytes?: Uint8Array<ArrayBuffer>;
  /** A terminal that draws it must not answer what it asks: it was printed before, or another client answers. */
  replay?: boolean;
}

/** What a program that draws on the whole terminal shows now, in the command's format. */
export interface ScreenShown {
  rows: readonly string[];
  cursor: ScreenCursor;
}

/** What came since the last `take`. To draw: append the pieces, then show the lines in place of the former ones. */
export interface Taken {
  pieces: Piece[];
  /** The unfinished last line of each stream; "" for none. */
  lines: Record<ChunkStream, string>;
  /** What was taken before is not shown any more: all of it comes again. */
  anew?: boolean;
  /** Lines that were thrown away before the pieces, because nobody took them in time. */
  droppedLines: number;
}

const streams: ChunkStream[] = ["stdout", "stderr"];

export class OutputLog {
  readonly #limit: number;
  #pieces: Piece[] = [];
  #lines: Record<ChunkStream, string> = { stdout: "", stderr: "" };
  #size = 0;
  #droppedLines = 0;
  #anew = false;
  #empty = true;
  #screen: ScreenShown | null = null;

  /** Keeps at most about `limit` UTF-16 units that nobody has taken. */
  constructor(limit = 8 << 20) {
    this.#limit = limit;
  }

  /** Takes in the output of one update, in either of its forms. */
  apply(output: Output, replay = false): void {
    if ("chunks" in output) {
      for (const chunk of output.chunks) this.#chunk(chunk, replay);
    } else if (output.combined) {
      this.#append("stdout", output.combined, replay);
    }
    if (output.screen) this.#draw(output.screen);
  }

  /** Takes in bytes as they were printed. */
  applyBytes(stream: ChunkStream, bytes: Uint8Array<ArrayBuffer>, replay: boolean): void {
    this.#push({ stream, data: "", bytes, ...(replay ? { replay } : {}) });
  }

  /** Whether nothing has come yet. */
  get empty(): boolean {
    return this.#empty;
  }

  /** The screen that the program draws on now. */
  get screen(): ScreenShown | null {
    return this.#screen;
  }

  #draw({ whole, closed, rows: count, lines, cursor }: ScreenUpdate): void {
    if (closed) {
      this.#screen = null;
      return;
    }
    const before = whole ? [] : (this.#screen?.rows ?? []);
    const rows = Array.from({ length: count }, (_, row) => before[row] ?? "");
    for (const { row, data } of lines) rows[row] = data;
    this.#screen = { rows, cursor };
  }

  /** Gives what came since the last call. */
  take(): Taken {
    const taken: Taken = { pieces: this.#pieces, lines: { ...this.#lines }, droppedLines: this.#droppedLines };
    if (this.#anew) taken.anew = true;
    this.#pieces = [];
    this.#size = 0;
    this.#droppedLines = 0;
    this.#anew = false;
    return taken;
  }

  /** Forgets everything, also for who has taken it already. */
  reset(): void {
    this.#pieces = [];
    this.#lines = { stdout: "", stderr: "" };
    this.#size = 0;
    this.#droppedLines = 0;
    this.#screen = null;
    this.#empty = true;
    this.#anew = true;
  }

  /** Makes the unfinished lines final, as when the server that would finish them is gone. */
  finish(): void {
    this.#screen = null;
    for (const stream of streams) {
      const line = this.#lines[stream];
      this.#lines[stream] = "";
      if (line) this.#append(stream, line, false);
    }
  }

  #chunk({ stream, location, data, line }: Chunk, replay: boolean): void {
    // What flows through a pipe is no output of the command.
    if (location !== undefined) return;
    this.#lines[stream] = line ?? "";
    if (data) this.#append(stream, data, replay);
  }

  #append(stream: ChunkStream, data: string, replay: boolean): void {
    const last = this.#pieces.at(-1);
    const joins = last?.stream === stream && !last.bytes && (last.replay ?? false) === replay && last.data.length < 64 << 10;
    if (!last || !joins) return this.#push(replay ? { stream, data, replay } : { stream, data });
    last.data += data;
    this.#grew(data.length);
  }

  #push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#grew(sizeOf(piece));
  }

  #grew(by: number): void {
    this.#empty = false;
    this.#size += by;
    while (this.#size > this.#limit && this.#pieces.length > 1) {
      const oldest = this.#pieces.shift();
      if (!oldest) break;
      this.#size -= sizeOf(oldest);
      this.#droppedLines += countLines(oldest.data);
    }
  }
}

const sizeOf = ({ data, bytes }: Piece) => bytes?.length ?? data.length;

/** The number of line ends in a text. */
export function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines;
}
