// Session: the page's one connection to Porthole, as state that the page is drawn from.

import {
  type BreakpointAction,
  type Asks,
  type AskType,
  Client,
  type Command,
  type Completions,
  type ConnectionState,
  type Files,
  type PipeDescription,
  type Size,
  type StdinFrom,
  type Told,
} from "../../protocol";
import { Uploads } from "../files/uploads.svelte";
import { earlierCommands } from "../finding/earlier";
import { History } from "../input/history";
import { unitOffsets } from "../input/marks";
import { Notes } from "../notes/notes.svelte";
import { takePicturesFrom } from "../output/pictures";
import { takesScreen } from "../screen/programs";
import { Notices, type Watcher } from "../settings/notices.svelte";
import { Preferences } from "../settings/preferences.svelte";
import { subscribed, told } from "../settings/told";
import { type Asked, askedOf, type Feed } from "./asked";
import { kept } from "./kept";
import { findKept, keepForReload, takeKept } from "./reload";

export { type Asked, askedOf };

type Gone = Extract<Extract<Told, { type: "notification" }>["payload"], { kind: "commandsForgotten" }>;

/** What this page calls itself to the server. */
const clientName = "Porthole web terminal";
/** Blocks that stay on the page; older ones are let go. */
const blocksKept = 300;

export class Session {
  state: ConnectionState = $state.raw({ kind: "idle" });
  blocks: Command[] = $state.raw([]);
  /** The shell's working directory, as the newest command left it; "" while nobody knows. */
  cwd = $state("");
  /** Whether a token is kept in this browser. */
  paired = $state(kept.token !== null);
  /** Whether a connection was ever there, so that its loss is news. */
  wasReady = $state(false);
  /** What the server complained about last, until the next command. */
  complaint = $state("");
  feed: Feed | null = $state.raw(null);
  readonly history = new History();
  readonly preferences = new Preferences((type, payload) => this.ask(type, payload));
  readonly notes = new Notes((type, payload) => this.ask(type, payload));
  readonly notices: Notices;
  /** Files on their way to the machine. */
  readonly uploads = new Uploads((path, file) => this.#client.files.upload(path, file));
  readonly #client: Client;
  readonly #places = new WeakMap<Command, string>();
  /** Commands that were sent a signal from here. */
  readonly #signalled = new Set<number>();
  /** The session's number on the server, once it is known. */
  #number: number | null = null;
  #size: () => Size = () => ({ cols: 80, rows: 24 });
  /** What all running commands were told last. One that was begun later may have another size. */
  #sized: Size | null = null;

  /** `sees` tells whether the person sees a command now, and `lead` leads to it. */
  constructor({ sees, lead }: Pick<Watcher, "sees" | "lead">) {
    this.notices = new Notices({
      sees,
      lead,
      name: clientName,
      signalled: (serverId) => this.#signalled.has(serverId),
      kinds: () => told(this.preferences.own),
      longCommand: () => this.preferences.values.longCommand,
      outside: () => this.preferences.values.notifications,
    });
    kept.dropFormer();
    const beforeReload = takeKept();
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#client = new Client(
      {
        url: `${scheme}//${location.host}/ws`,
        credentials: { token: kept.token, sessionToken: kept.sessionToken },
        features: ["details", "binary", "chunks", "format", "resize", "streams", "screens", "breakpoints", "stdinFrom", "resume", "files", "complete", "history", "notes", "notifications", "preferences"],
        client: { name: clientName, version: __VERSION__ },
      },
      {
        state: (state) => {
          this.state = state;
          if (state.kind === "ready") {
            this.wasReady = true;
            this.notices.arrived();
          }
        },
        session: (token) => {
          kept.sessionToken = token;
        },
        ready: (begins, cwd) => {
          if (cwd) this.cwd = cwd;
          if (begins) this.#begin();
        },
        told: (message) => this.#told(message),
        added: (command) => this.#added(command),
        failed: (message) => {
          this.complaint = message;
        },
        known: (command) => {
          const found = findKept(beforeReload, command);
          const { format = takesScreen(command.command) ? "raw" : "html", streams = "exact" } = command;
          return found ?? { options: { format, streams } };
        },
      },
      undefined,
      beforeReload.forgotten,
    );
    takePicturesFrom(this.#client.files);
  }

  get server(): string {
    return this.#client.server;
  }

  /** Asks the server for something; fails with a `RequestError`. */
  ask<T extends AskType>(type: T, payload: Asks[T][0]): Promise<Asks[T][1]> {
    return this.#client.ask(type, payload);
  }

  /** The user's files. */
  get files(): Files {
    return this.#client.files;
  }

  /** Connects with what this browser keeps, and comes back at once when the network or the tab does. */
  start(): () => void {
    const now = () => this.#client.connect();
    const seen = () => document.visibilityState === "visible" && now();
    const back = () => this.#client.refresh();
    window.addEventListener("online", back);
    document.addEventListener("visibilitychange", seen);
    now();
    return () => {
      window.removeEventListener("online", back);
      document.removeEventListener("visibilitychange", seen);
      this.#client.disconnect();
    };
  }

  /** Lets `measure` tell the size of a new command's terminal. */
  measureBy(measure: () => Size): void {
    this.#size = measure;
  }

  pair(token: string): void {
    this.#client.pair(token);
  }

  /** Stays away until the person tries again. */
  stop(): void {
    this.#client.disconnect();
  }

  /** The token was right: it is kept and the terminal is shown. */
  remember(token: string): void {
    kept.token = token;
    this.paired = true;
  }

  /** Takes the token and everything else of Porthole out of this browser. */
  forget(): void {
    this.#client.disconnect();
    kept.token = null;
    kept.sessionToken = null;
    this.history.clear();
    this.#client.forget(this.blocks);
    this.blocks = [];
    this.cwd = "";
    this.feed = null;
    this.wasReady = false;
    this.paired = false;
  }

  retry(): void {
    this.#client.connect();
  }

  run({ text, asScreen, breakpoints, stdinFrom }: Asked): Command {
    this.complaint = "";
    this.history.add(text);
    return this.#client.run({
      command: text,
      format: asScreen || takesScreen(text) ? "raw" : this.preferences.values.format,
      // What draws on a screen needs a terminal.
      streams: takesScreen(text) ? "exact" : this.preferences.values.streams,
      ...(breakpoints ? { breakpoints } : {}),
      ...(stdinFrom ? { stdinFrom } : {}),
      size: this.#size(),
    });
  }

  /** Where the pipes of a text are; null when that cannot be told now. */
  pipes(text: string): Promise<PipeDescription[] | null> {
    return this.#client.pipes(text);
  }

  /** What the word at the caret can become; null when that cannot be told now. */
  complete(line: string, caret: number): Promise<Completions | null> {
    return this.#client.complete(line, caret);
  }

  /** Feeds the next command with what a breakpoint captured. */
  feedWith(stdinFrom: StdinFrom): void {
    this.feed = { stdinFrom, name: this.nameOf(stdinFrom) };
  }

  /** What a capture is called: the command as far as its pipe. "" for none. */
  nameOf(stdinFrom: StdinFrom | undefined): string {
    if (!stdinFrom) return "";
    const { serverId, location, run } = stdinFrom;
    const view = this.blocks.find((command) => command.view.serverId === serverId)?.view;
    const pipe = view?.pipes.find(({ index }) => index === location);
    const [at] = view && pipe ? unitOffsets(view.command, [pipe.offset]) : [];
    const text = view && at ? view.command.slice(0, at).trim() : `pipe ${location + 1} of an earlier command`;
    return run ? `${text} (run ${run + 1})` : text;
  }

  input(command: Command, text: string): boolean {
    if (command.view.options.streams !== "pipes") return this.#client.input(command, text);
    // No terminal is there to make of keys what they mean.
    if (text === "\x03") return this.signal(command, 2);
    return this.#client.input(command, text.replaceAll("\r", "\n").replace("\x04", ""), text === "\x04");
  }

  /** Bytes that a terminal sends and that are no text. */
  inputBytes(command: Command, letters: string): boolean {
    return this.#client.inputBytes(command, letters);
  }

  signal(command: Command, signal: number): boolean {
    if (command.view.serverId !== null) this.#signalled.add(command.view.serverId);
    return this.#client.signal(command, signal);
  }

  /** Lets what is held at a pipe of a command go on, wholly or by lines, or holds it. */
  hold(command: Command, location: number, action: BreakpointAction, lines?: number): boolean {
    return this.#client.hold(command, { location }, action, lines);
  }

  /** Keeps what only this page knows of its blocks for the page that this tab loads next. */
  keepForReload(): void {
    if (this.paired) keepForReload(this.blocks.map(({ view }) => view), this.#client.forgotten);
  }

  resize(command: Command, size: Size): void {
    this.#client.resize(command, size);
  }

  /** Tells every running command that has no screen of its own the size of the page. */
  resizeAll(): void {
    const size = this.#size();
    if (size.cols === this.#sized?.cols && size.rows === this.#sized.rows) return;
    this.#sized = size;
    for (const command of this.blocks) {
      const { streams } = command.view.options;
      if (command.live && streams !== "pipes" && command.view.options.format !== "raw") this.#client.resize(command, size);
    }
  }

  /** Clears the page of everything that has ended. */
  clear(): void {
    this.#client.forget(this.blocks);
    this.blocks = [...this.#client.commands];
  }

  /** What the history forgot is no longer shown, either. */
  forgotten(text: string): void {
    this.history.remove(text);
    this.#client.forget(this.blocks.filter(({ view }) => view.command === text));
    this.blocks = [...this.#client.commands];
  }

  /** Somebody forgot commands of a session. What may be among them is not shown any more, either. */
  #gone({ session, serverIds, upTo = Infinity }: Gone): void {
    this.history.clear();
    void this.#seedHistory();
    if (session !== this.#number) return;
    const isMeant = (serverId: number) => serverIds?.includes(serverId) ?? serverId <= upTo;
    this.#client.forget(this.blocks.filter(({ view: { serverId } }) => serverId !== null && isMeant(serverId)));
    this.blocks = [...this.#client.commands];
  }

  /** The working directory in which a command was asked for, as far as it was known then. */
  placeOf(command: Command): string {
    return this.#places.get(command) ?? "";
  }

  /** The command that was started last and still runs. */
  newestRunning(): Command | undefined {
    return this.blocks.findLast((command) => command.live);
  }

  /** A stream begins: what the server told by itself before is not known. */
  #begin(): void {
    this.blocks = [...this.#client.commands];
    // What is told of a session needs the number of this one.
    void Promise.all([this.preferences.load(), this.#seedHistory()]).then(() => this.#subscribe());
    void this.notes.load();
  }

  async #seedHistory(): Promise<void> {
    const { commands, session } = await earlierCommands((ask) => this.ask("history", ask));
    this.#number = session ?? this.#number;
    this.history.seed(commands);
  }

  #subscribe(): void {
    const kinds = subscribed(this.preferences.own);
    // Without an answer the page tells less, and the next stream asks again.
    this.ask("notifications", { kinds }).catch(() => {});
  }

  #told({ type, payload }: Told): void {
    if (type === "noteChanged") this.notes.changed(payload);
    else if (type === "notification" && payload.kind === "commandsForgotten") this.#gone(payload);
    else if (type === "notification") this.notices.take(payload);
    else if (type === "preferencesChanged") {
      this.preferences.changed(payload);
      if ("told" in payload.own) this.#subscribe();
    } else {
      // What is missing can be asked for.
      void this.preferences.load();
      void this.notes.load();
    }
  }

  #added(command: Command): void {
    if (this.#client.commands.length > blocksKept) {
      this.#client.forget(this.#client.commands.slice(0, this.#client.commands.length - blocksKept));
    }
    this.#places.set(command, this.cwd);
    this.blocks = [...this.#client.commands];
    command.subscribe(() => {
      const { cwd } = command.view;
      if (cwd) this.cwd = cwd;
    });
    if (command.view.cwd) this.cwd = command.view.cwd;
  }
}
