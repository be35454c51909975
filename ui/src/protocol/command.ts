// Command: what a client knows of one command, from the moment it was asked for.

import type {
  BreakpointAnswer, BreakpointRequest, Code, CommandSummary, Format, PipeDescription, Status, StdinFrom, Streams, Update,
} from "./generated";
import type { Frame } from "./frames";
import { OutputLog } from "./output";
import { Taps } from "./taps";

/**
 * - `queued`: never sent, because there is no connection yet
 * - `sent`: sent, not answered
 * - `running`, `completed`: as the server says
 * - `refused`: the server did not run it
 * - `lost`: its session is gone, and with it what became of it
 */
export type Phase = "queued" | "sent" | Status | "refused" | "lost";

export interface CommandOptions {
  format: Format;
  streams: Streams;
  /** The pipes to watch, by index or with what is asked for each. */
  breakpoints?: BreakpointRequest[];
  /** What is fed to it: what a breakpoint of an earlier command captured. */
  stdinFrom?: StdinFrom;
}

/** Everything that is known of a command but its output. */
export interface CommandView {
  readonly command: string;
  readonly clientId: number | null;
  readonly serverId: number | null;
  readonly options: Readonly<CommandOptions>;
  readonly phase: Phase;
  /** When it began and ended, in milliseconds since 1970; null where not known. */
  readonly began: number | null;
  readonly ended: number | null;
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly durationMs: number | null;
  readonly pipeStatus: readonly number[];
  /** The working directory after it. */
  readonly cwd: string | null;
  /** Bytes of output that the server dropped while nobody was connected. */
  readonly dropped: number;
  /** Its pipes, where the server told them. */
  readonly pipes: readonly PipeDescription[];
  /** What became of each breakpoint that was asked for. */
  readonly breakpoints: readonly BreakpointAnswer[];
  /** Why the server refused it. */
  readonly error: { code: Code; message: string } | null;
}

export class Command {
  readonly output = new OutputLog();
  /** What flows through its watched pipes. */
  readonly taps = new Taps();
  #view: CommandView;
  #listeners = new Set<() => void>();
  /** Its output is on its way again, and takes the place of what is here unless that is more. */
  #again: "unseen" | "kept" | null = null;
  /** Its end is on its way again. */
  #awaitsEnd = false;

  constructor(view: Partial<CommandView> & Pick<CommandView, "command" | "clientId" | "options" | "phase">) {
    this.#view = {
      serverId: null,
      began: null,
      ended: null,
      exitCode: null,
      signal: null,
      durationMs: null,
      pipeStatus: [],
      cwd: null,
      dropped: 0,
      pipes: [],
      breakpoints: [],
      error: null,
      ...view,
    };
  }

  /** An immutable picture; a new one after every change. */
  get view(): CommandView {
    return this.#view;
  }

  get live(): boolean {
    return this.#view.phase === "running";
  }

  /** Whether everything of it has come. */
  get settled(): boolean {
    const { phase } = this.#view;
    return phase !== "sent" && phase !== "running" && !this.#awaitsEnd;
  }

  /** Calls `listener` after every change of the view or the output; gives the way to stop that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces parts of the view. For the client that owns this command. */
  change(part: Partial<CommandView>): void {
    this.#view = { ...this.#view, ...part };
    if (part.phase === "lost") this.output.finish();
    this.#tell();
  }

  /** The server begins anew with what it keeps of it. For the client that owns this command. */
  renew(): void {
    this.#again = "unseen";
    this.#awaitsEnd = true;
  }

  /** Takes in an update. For the client that owns this command. */
  update(update: Update): void {
    const ends = update.status === "completed";
    if (this.#again && !this.#replaces(update)) {
      if (ends) this.#again = null;
      this.#awaitsEnd &&= !ends;
      return this.#tell();
    }
    // Where the end is known already, the way to it is no news.
    const phase = this.#awaitsEnd && this.#view.phase === "completed" ? "completed" : update.status;
    this.#awaitsEnd &&= !ends;
    this.output.apply(update.output, update.replay);
    this.taps.apply(update.output, update.stages);
    const view = this.#view;
    const ended = time(update.end) ?? view.ended;
    const dropped = view.dropped + (update.dropped ?? 0);
    const began = time(update.begin) ?? view.began;
    if (phase === "running" && view.phase === "running" && began === view.began && dropped === view.dropped) {
      return this.#tell();
    }
    this.change({
      phase,
      began,
      ended,
      dropped,
      exitCode: update.exitCode ?? view.exitCode,
      signal: update.signal ?? view.signal,
      durationMs: update.durationMs ?? view.durationMs,
      cwd: update.cwd ?? view.cwd,
      pipeStatus: update.pipeStatus ?? view.pipeStatus,
    });
  }

  /** Takes in a frame of output. Only a raw command has such. For the client that owns this command. */
  frame({ kind, replay, location, run, bytes }: Frame): void {
    if (this.#again === "kept") return;
    if (this.#again) this.#beginAgain();
    if (kind === "stdout" || kind === "stderr") this.output.applyBytes(kind, bytes, replay);
    else this.taps.applyBytes(location, run, kind === "tapStdout" ? "stdout" : "stderr", bytes);
    const { options } = this.#view;
    if (options.format !== "raw") this.#view = { ...this.#view, options: { ...options, format: "raw" } };
    this.#tell();
  }

  /** Whether an update of a command that comes again is to be taken in. */
  #replaces({ output, dropped = 0, status }: Update): boolean {
    if (this.#again === "kept") return false;
    const chunks = "chunks" in output ? output.chunks.length > 0 : output.combined !== "";
    if (!chunks && !output.screen && dropped === 0) {
      // Nothing is kept there, so that what is here stays.
      if (status === "completed") this.#again = null;
      return true;
    }
    if (dropped > 0 && this.#view.phase === "completed" && !this.output.empty) {
      this.#again = "kept";
      return false;
    }
    this.#beginAgain();
    return true;
  }

  /** What comes takes the place of what is here. */
  #beginAgain(): void {
    this.#again = null;
    this.output.reset();
    this.taps.reset();
    this.#view = { ...this.#view, dropped: 0 };
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** An RFC 3339 time in milliseconds since 1970, or null for "" and for what is none. */
export function time(text: string): number | null {
  const value = Date.parse(text);
  return Number.isNaN(value) ? null : value;
}

/** The options of a command as a message has them. */
export function optionsOf({ format, streams, breakpoints, stdinFrom }: CommandOptions): CommandOptions {
  return { format, streams, ...(breakpoints?.length ? { breakpoints } : {}), ...(stdinFrom ? { stdinFrom } : {}) };
}

/** What the server's list of a session tells of a command. */
export function fromSummary({ serverId, begin, end, status }: CommandSummary): Partial<CommandView> {
  return { serverId, phase: status, began: time(begin), ended: time(end) };
}
