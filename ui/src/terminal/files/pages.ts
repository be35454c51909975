// Pages: a file of any size as a window of ranges, which grows at both ends and never beyond its bound.

/** A range of the file, as it is shown. */
export interface Page {
  /** Bytes before it. */
  readonly offset: number;
  /** Where what follows begins. */
  readonly end: number;
  readonly text: string;
}

/** Bytes that were read. */
export interface Range {
  bytes: Uint8Array;
  /** Whether nothing follows them now. */
  end: boolean;
  size: number;
}

export type ReadRange = (offset: number, length: number) => Promise<Range>;

/** Bytes of one range. */
export const pageSize = 128 << 10;
/** Ranges that are kept. */
const most = 24;
const lineEnd = 10;

export class Pages {
  readonly #read: ReadRange;
  /** Oldest first, each beginning where the one before ends. */
  pages: readonly Page[] = [];
  /** The file's size when it was last read. */
  size = 0;
  /** Whether its bytes are no text. */
  binary = false;
  atEnd = false;

  constructor(read: ReadRange) {
    this.#read = read;
  }

  get atBegin(): boolean {
    return (this.pages[0]?.offset ?? 0) === 0;
  }

  /** Shows the beginning. */
  async first(): Promise<void> {
    const range = await this.#range(0);
    this.binary = looksBinary(range.bytes);
    this.pages = [this.#page(0, range)];
  }

  /** Shows the end. */
  async last(): Promise<void> {
    const { size } = await this.#read(0, 1);
    const from = Math.max(0, size - pageSize);
    const offset = this.binary ? from - (from % 16) : from;
    const range = await this.#range(offset);
    this.pages = [this.#page(offset, range, offset > 0)];
  }

  /** Adds the range after what is shown, also what the file has grown by. */
  async next(): Promise<void> {
    const from = this.pages.at(-1)?.end ?? 0;
    const range = await this.#range(from);
    if (range.bytes.length) this.pages = [...this.pages, this.#page(from, range)].slice(-most);
  }

  /** Adds the range before what is shown. */
  async previous(): Promise<void> {
    const [first] = this.pages;
    if (!first || first.offset === 0) return;
    const from = Math.max(0, first.offset - pageSize);
    const { bytes } = await this.#read(from, first.offset - from);
    const page = this.#page(from, { bytes, end: true, size: this.size }, from > 0);
    this.pages = [page, ...this.pages].slice(0, most);
    this.atEnd = this.atEnd && this.pages.length < most;
  }

  async #range(offset: number): Promise<Range> {
    const range = await this.#read(offset, pageSize);
    this.size = range.size;
    this.atEnd = range.end;
    return range;
  }

  /** A page of whole lines where there are some: what is cut off at its end begins the next one. */
  #page(offset: number, { bytes, end }: Range, cutBegin = false): Page {
    const begin = cutBegin && !this.binary ? lineBegin(bytes) : 0;
    const length = end ? bytes.length : this.binary ? bytes.length - (bytes.length % 16) : wholePart(bytes);
    const shown = bytes.subarray(begin, Math.max(begin, length));
    const text = this.binary ? dump(shown, offset) : new TextDecoder().decode(shown);
    return { offset: offset + begin, end: offset + begin + shown.length, text };
  }
}

function lineBegin(bytes: Uint8Array): number {
  const at = bytes.indexOf(lineEnd);
  if (at !== -1 && at + 1 < bytes.length) return at + 1;
  // One long line: it begins with a whole character.
  let begin = 0;
  while (begin < 4 && ((bytes[begin] ?? 0) & 0xc0) === 0x80) begin += 1;
  return begin;
}

/** The bytes up to the last line end; without one, up to the last whole character. */
function wholePart(bytes: Uint8Array): number {
  const at = bytes.lastIndexOf(lineEnd);
  if (at !== -1) return at + 1;
  let start = bytes.length - 1;
  while (start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start -= 1;
  const lead = bytes[start] ?? 0;
  const wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + wanted <= bytes.length ? bytes.length : start;
}

function looksBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}

function dump(bytes: Uint8Array, offset: number): string {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
    const text = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    const halves = [hex.slice(0, 8).join(" ").padEnd(23), hex.slice(8).join(" ").padEnd(23)];
    rows.push(`${(offset + at).toString(16).padStart(8, "0")}  ${halves.join("  ")}  ${text}\n`);
  }
  return rows.join("");
}

/** The media type of an image that a thumbnail can be had of, told by its first bytes; null for anything else. */
export function imageType(bytes: Uint8Array): string | null {
  const begins = (text: string, at = 0) => [...text].every((letter, index) => bytes[at + index] === letter.charCodeAt(0));
  if (begins("\x89PNG")) return "image/png";
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("GIF8")) return "image/gif";
  if (begins("RIFF") && begins("WEBP", 8)) return "image/webp";
  return null;
}
