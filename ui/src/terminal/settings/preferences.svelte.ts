// Preferences: what the user likes, as the server keeps it for every client.

import type { Asks, AskType, Preferences as Values, PreferencesChange } from "../../protocol";

export type Ask = <T extends AskType>(type: T, payload: Asks[T][0]) => Promise<Asks[T][1]>;

/** What holds until the server has told what the user likes. */
const usual: Values = {
  theme: "system", font: "", fontSize: 14, format: "html", streams: "exact", links: true, thumbnails: true,
  notifications: false, longCommand: 10, retentionDays: 365, retentionCommands: 100_000,
};

export class Preferences {
  values: Values = $state.raw(usual);
  /** What clients of this name keep for themselves. */
  own: Readonly<Record<string, unknown>> = $state.raw({});
  /** Whether the server has told them. */
  known = $state(false);
  /** Why a value was not taken, by the name of its preference. */
  problems: Readonly<Record<string, string>> = $state.raw({});
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Asks for all of them, as where a stream begins. */
  async load(): Promise<void> {
    try {
      const { values, own } = await this.#ask("preferences", {});
      this.values = values;
      this.own = own;
      this.known = true;
    } catch {
      // What was known goes on to hold; the next stream asks again.
    }
  }

  /** Takes in a change that some client made. */
  changed({ values, own }: PreferencesChange): void {
    this.values = { ...this.values, ...values };
    this.own = Object.fromEntries(Object.entries({ ...this.own, ...own }).filter(([, value]) => value !== null));
  }

  /** Sets one; null puts it back. Whether the value is right is for the server to say. */
  async set(name: string, value: unknown): Promise<void> {
    try {
      this.changed(await this.#ask("setPreferences", { values: { [name]: value } }));
      this.problems = without(this.problems, name);
    } catch (error) {
      this.problems = { ...this.problems, [name]: error instanceof Error ? error.message : String(error) };
    }
  }
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
