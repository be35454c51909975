// Notes: what people wrote on the session, its commands and their pipes; the same for every client of the session.

import type { Asks, AskType, NoteChange } from "../../protocol";

type Ask = <T extends AskType>(type: T, payload: Asks[T][0]) => Promise<Asks[T][1]>;

/** What a note is on: the session, a command of it, or a pipe of that. */
export interface NotePlace {
  serverId?: number;
  location?: number;
}

const keyOf = ({ serverId, location }: NotePlace) => `${serverId ?? ""}/${location ?? ""}`;

export class Notes {
  #texts: ReadonlyMap<string, string> = $state.raw(new Map());
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** The note there; "" where there is none. */
  at(place: NotePlace): string {
    return this.#texts.get(keyOf(place)) ?? "";
  }

  /** Asks for all of them, as where a stream begins. */
  async load(): Promise<void> {
    try {
      const { notes } = await this.#ask("notes", {});
      this.#texts = new Map(notes.map((note) => [keyOf(note), note.text]));
    } catch {
      // What was known goes on to be shown; the next stream asks again.
    }
  }

  /** Takes in a change that some client made. */
  changed(change: NoteChange): void {
    const texts = new Map(this.#texts);
    if (change.text === undefined) texts.delete(keyOf(change));
    else texts.set(keyOf(change), change.text);
    this.#texts = texts;
  }

  /** Writes a note, or takes it away where nothing is left of it. Fails with a `RequestError`. */
  async write(place: NotePlace, text: string): Promise<void> {
    if (text.trim()) this.changed(await this.#ask("setNote", { ...place, text }));
    else {
      await this.#ask("deleteNote", place);
      this.changed({ ...place, changed: "" });
    }
  }
}
