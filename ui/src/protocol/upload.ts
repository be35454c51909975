// Upload: a file on its way to the server, in parts, also over a connection that is lost and found again.

import { toBase64 } from "./base64";
import { type AskFiles, answerTo } from "./files";
import type { FilePath, FilesRequest } from "./generated";
import { RequestError } from "./requests";

/** What is sent; a `File` is one. */
export interface Content {
  readonly size: number;
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * - `waiting`: not begun
 * - `sending`: on its way
 * - `exists`: the name is taken; `replace` or `rename` go on
 * - `done`: the file is there
 * - `failed`, `aborted`: nothing of it is there
 */
export type UploadState =
  | { kind: "waiting" }
  | { kind: "sending"; sent: number }
  | { kind: "exists" }
  | { kind: "done"; path: FilePath }
  | { kind: "failed"; message: string }
  | { kind: "aborted" };

export interface UploadOptions {
  /** Bytes of a part. */
  part?: number;
  /** Waits before something is sent again that got no answer. */
  pause?: () => Promise<void>;
}

/** Parts that are on their way at once. */
const atOnce = 3;
/** How often something is sent again that got no answer: about as long as the server keeps an upload. */
const attempts = 90;

export class Upload {
  #path: string;
  readonly #ask: AskFiles;
  readonly #content: Content;
  readonly #part: number;
  readonly #pause: () => Promise<void>;
  readonly #listeners = new Set<() => void>();
  #state: UploadState = { kind: "waiting" };
  #upload: number | null = null;

  constructor(ask: AskFiles, path: string, content: Content, options: UploadOptions = {}) {
    this.#ask = ask;
    this.#path = path;
    this.#content = content;
    this.#part = options.part ?? 192 << 10;
    this.#pause = options.pause ?? (() => new Promise((resolve) => setTimeout(resolve, 1000)));
  }

  /** Where it goes. */
  get path(): string {
    return this.#path;
  }

  get size(): number {
    return this.#content.size;
  }

  get state(): UploadState {
    return this.#state;
  }

  /** Calls `listener` after every change; gives the way to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends it. The promise is kept when there is nothing to do but what the state says. */
  async start(overwrite = false): Promise<void> {
    const { kind } = this.#state;
    if (kind === "sending" || kind === "done" || kind === "aborted") return;
    this.#enter({ kind: "sending", sent: 0 });
    try {
      const begin = { type: "upload", path: this.#path, size: this.size, overwrite } as const;
      // Where the answer is lost the server drops what it began by itself.
      const { upload } = await this.#until("upload", begin);
      this.#upload = upload;
      if (!this.#goesOn()) return void this.#drop();
      await this.#sendAll(upload);
      if (!this.#goesOn()) return;
      await this.#finish({ type: "finish", upload });
    } catch (error) {
      if (!this.#goesOn()) return;
      const taken = error instanceof RequestError && error.code === "file-exists";
      if (!taken) this.#drop();
      this.#enter(taken ? { kind: "exists" } : { kind: "failed", message: reason(error) });
    }
  }

  /** Takes the place of the file that has the name. */
  async replace(): Promise<void> {
    const upload = this.#upload;
    if (this.#state.kind !== "exists" || upload === null) return this.start(true);
    // All of it is there already.
    this.#enter({ kind: "sending", sent: this.size });
    try {
      await this.#finish({ type: "finish", upload, overwrite: true });
    } catch (error) {
      const gone = error instanceof RequestError && error.code === "no-such-upload";
      if (!this.#goesOn()) return;
      this.#upload = null;
      this.#enter(gone ? { kind: "waiting" } : { kind: "failed", message: reason(error) });
      if (gone) return this.start(true);
    }
  }

  /** Goes to another name. */
  rename(path: string): Promise<void> {
    this.#drop();
    this.#path = path;
    return this.start();
  }

  /** Stops it, and leaves nothing of it. */
  abort(): void {
    if (this.#state.kind === "done") return;
    this.#drop();
    this.#enter({ kind: "aborted" });
  }

  async #sendAll(upload: number): Promise<void> {
    let next = 0;
    let sent = 0;
    const work = async () => {
      while (next < this.size && this.#goesOn()) {
        const offset = next;
        const end = Math.min(this.size, offset + this.#part);
        next = end;
        const bytes = new Uint8Array(await this.#content.slice(offset, end).arrayBuffer());
        if (bytes.length !== end - offset) throw new RequestError("unreachable", "The file changed while it was read.");
        await this.#until("part", { type: "part", upload, offset, data: toBase64(bytes) });
        sent += bytes.length;
        if (this.#goesOn()) this.#enter({ kind: "sending", sent });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #finish(ask: Extract<FilesRequest, { type: "finish" }>): Promise<void> {
    const { path } = await this.#until("finish", ask);
    this.#upload = null;
    this.#enter({ kind: "done", path });
  }

  /** Asks until there is an answer. What is asked twice is done once. */
  async #until<T extends "upload" | "part" | "finish">(type: T, ask: Parameters<AskFiles>[0]) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await answerTo(type, this.#ask(ask));
      } catch (error) {
        const lost = error instanceof RequestError && error.code === "unreachable";
        if (!lost || attempt >= attempts || !this.#goesOn()) throw error;
      }
      await this.#pause();
    }
  }

  #goesOn(): boolean {
    return this.#state.kind === "sending";
  }

  #drop(): void {
    const upload = this.#upload;
    this.#upload = null;
    if (upload !== null) void this.#ask({ type: "abort", upload });
  }

  #enter(state: UploadState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
