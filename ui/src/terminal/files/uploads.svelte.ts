// Uploads: the files that the person sends, a few at a time.

import type { Upload } from "../../protocol";
import { numbered } from "./places";

/** Files that are on their way at once; the server takes four of a session. */
const atOnce = 2;
/** How long what is done stays in sight, in milliseconds. */
const shownFor = 8000;
/** Names that are tried for a file that is to stand beside the one of its name. */
const names = 100;

export class Uploads {
  list: readonly Upload[] = $state.raw([]);
  readonly #make: (path: string, file: File) => Upload;

  constructor(make: (path: string, file: File) => Upload) {
    this.#make = make;
  }

  /** Whether the page is needed for one of them. */
  get busy(): boolean {
    return this.list.some(({ state }) => state.kind === "sending" || state.kind === "waiting");
  }

  /** Sends files into a folder; "" for the session's directory. */
  add(files: Iterable<File>, folder: string): void {
    const made = [...files].map((file) => this.#make(folder ? `${folder.replace(/\/$/, "")}/${file.name}` : file.name, file));
    for (const upload of made) upload.subscribe(() => this.#changed(upload));
    this.list = [...this.list, ...made];
    this.#goOn();
  }

  /** Sends it under the next name that is free. */
  async keepBoth(upload: Upload): Promise<void> {
    const wanted = upload.path;
    for (let number = 1; number <= names && upload.state.kind === "exists"; number += 1) {
      await upload.rename(numbered(wanted, number));
    }
  }

  /** Takes it out of the list, and stops it where it is on its way. */
  drop(upload: Upload): void {
    upload.abort();
    this.list = this.list.filter((other) => other !== upload);
    this.#goOn();
  }

  #changed(upload: Upload): void {
    const { kind } = upload.state;
    if (kind === "sending") return;
    if (kind === "done") setTimeout(() => this.drop(upload), shownFor);
    this.#goOn();
  }

  #goOn(): void {
    const sending = this.list.filter(({ state }) => state.kind === "sending").length;
    const waiting = this.list.filter(({ state }) => state.kind === "waiting");
    for (const upload of waiting.slice(0, Math.max(0, atOnce - sending))) void upload.start();
  }
}
