// History: the commands that the arrow keys go back through. The server keeps them; this is the page's view of the newest.

/** Commands that are gone through; the search finds older ones. */
const most = 1000;
const longest = 10_000;

export class History {
  #entries: string[] = [];
  #at = 0;
  #draft = "";

  /** Puts what the server knows before what was added here meanwhile. Oldest first. */
  seed(known: readonly string[]): void {
    const added = new Set(this.#entries);
    const here = this.#entries;
    this.#entries = [...known.filter((entry) => entry.length <= longest && !added.has(entry)), ...here].slice(-most);
    this.rest();
  }

  /** Adds a command, unless it is the newest already, begins with a space, or is very long. */
  add(command: string): void {
    const newest = this.#entries.at(-1) === command;
    if (command.trim() && !command.startsWith(" ") && command.length <= longest && !newest) {
      this.#entries = [...this.#entries, command].slice(-most);
    }
    this.rest();
  }

  /** The next older command that begins with `text`, the draft; null when there is none. */
  older(text: string): string | null {
    if (this.#at === this.#entries.length) this.#draft = text;
    for (let at = this.#at - 1; at >= 0; at -= 1) {
      const entry = this.#entries[at];
      if (entry !== undefined && entry !== text && entry.startsWith(this.#draft)) {
        this.#at = at;
        return entry;
      }
    }
    return null;
  }

  /** The next newer command, at the end the draft; null when the draft is shown. */
  newer(): string | null {
    if (this.#at === this.#entries.length) return null;
    const shown = this.#entries[this.#at];
    for (let at = this.#at + 1; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at];
      if (entry !== undefined && entry !== shown && entry.startsWith(this.#draft)) {
        this.#at = at;
        return entry;
      }
    }
    this.#at = this.#entries.length;
    return this.#draft;
  }

  /** Begins anew at the newest command, as after an edit. */
  rest(): void {
    this.#at = this.#entries.length;
    this.#draft = "";
  }

  /** Forgets commands of this text. */
  remove(command: string): void {
    this.#entries = this.#entries.filter((entry) => entry !== command);
    this.rest();
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
    this.rest();
  }
}
