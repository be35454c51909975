// History: the commands of this browser, and going back through them.

/** What is needed of `localStorage`. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const key = "porthole.history";
const longest = 10_000;

export class History {
  readonly #store: Store;
  readonly #limit: number;
  #entries: string[];
  #at: number;
  #draft = "";

  /** Keeps the newest `limit` commands in `store`. */
  constructor(store: Store, limit = 1000) {
    this.#store = store;
    this.#limit = limit;
    this.#entries = read(store);
    this.#at = this.#entries.length;
  }

  /** Adds a command, unless it is the newest already, begins with a space, or is very long. */
  add(command: string): void {
    if (command.trim() && !command.startsWith(" ") && command.length <= longest) {
      // Another tab may have added some meanwhile.
      const entries = read(this.#store);
      if (entries.at(-1) !== command) entries.push(command);
      this.#entries = entries.slice(-this.#limit);
      try {
        this.#store.setItem(key, JSON.stringify(this.#entries));
      } catch {
        // A full store costs the memory of the commands, not the command.
      }
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

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
    this.#store.removeItem(key);
    this.rest();
  }
}

function read(store: Store): string[] {
  try {
    const kept: unknown = JSON.parse(store.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter((entry): entry is string => typeof entry === "string") : [];
  } catch {
    return [];
  }
}
