// Client: a session of commands over a connection that may be lost and found again.

import { Command, type CommandOptions, type CommandView, fromSummary, optionsOf } from "./command";
import { type Completions, completions } from "./completions";
import { Connection, type ConnectionOptions, type ConnectionState } from "./connection";
import { type AskFiles, Files } from "./files";
import { type Frame, inputFrame } from "./frames";
import type {
  BreakpointAction,
  ClientUpdate,
  CommandAnswer,
  CommandSummary,
  Feature,
  LimitsAnswer,
  PipeDescription,
  ServerMessage,
  Size,
  StreamAnswer,
  UpdateAnswer,
} from "./generated";
import { type Asks, type AskType, type Granted, isAnswered, isNews, isStarted, isTold, type RequestMessage, type Told } from "./messages";
import { granted, Requests } from "./requests";
import { piecesOf } from "./typed";

export interface ClientEvents {
  /** The connection's state changed. */
  state(state: ConnectionState): void;
  /** A session was opened or given back under this token, which is to be kept as a secret. */
  session(sessionToken: string): void;
  /** A command was added to `commands`. */
  added(command: Command): void;
  /** The server said that something failed which belongs to no command. */
  failed(message: string): void;
  /**
   * The connection is there; `begins` where nothing of what the server tells by itself was kept for it. `commands` then has
   * no command any more that the server does not list.
   */
  ready?(begins: boolean, cwd: string | undefined): void;
  /** The server told something by itself. */
  told?(message: Told): void;
  /** A command comes back with its session: what the program still knows of it, from an earlier life. */
  known?(command: Named): Partial<CommandView> | null;
}

/** A command as the server names it. */
export type Named = Pick<CommandSummary, "command" | "serverId" | "status"> & Partial<CommandSummary>;

export interface Run extends CommandOptions {
  command: string;
  size?: Size;
}

export class Client {
  /** Every command of this session and, as long as the client lives, of those before it. Oldest first. */
  readonly commands: Command[] = [];
  limits: LimitsAnswer | null = null;
  server = "";
  /** The user's files, where the server granted `files`. */
  readonly files: Files;
  /** What the server granted. */
  features: readonly Feature[] = [];
  readonly #requests: Requests;
  readonly #connection: Connection;
  readonly #events: ClientEvents;
  readonly #byServerId = new Map<number, Command>();
  readonly #byClientId = new Map<number, { command: Command; run: Run }>();
  readonly #forgotten: Set<number>;
  readonly #newId: () => number;

  /** `forgotten` names commands, by their server ids, that an earlier life of the program forgot. */
  constructor(options: ConnectionOptions, events: ClientEvents, newId: () => number = randomId, forgotten: Iterable<number> = []) {
    this.#forgotten = new Set(forgotten);
    this.#events = events;
    this.#newId = newId;
    this.#requests = new Requests((message) => this.#connection.send(message));
    const ask: AskFiles = (payload) => this.#requests.ask({ type: "files", payload });
    this.files = new Files(ask, options.url.replace(/^ws/, "http"));
    this.#connection = new Connection(options, {
      state: (state) => {
        if (state.kind !== "ready") this.#requests.lost();
        events.state(state);
      },
      granted: (answer, resumed) => this.#granted(answer, resumed),
      message: (message) => this.#receive(message),
      frame: (frame) => this.#framed(frame),
      quiet: () => void this.pipes(""),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  /** The server ids of the commands that were forgotten and may still be named by the server. */
  get forgotten(): number[] {
    return [...this.#forgotten];
  }

  /** Connects, or tries again at once. */
  connect(): void {
    this.#connection.connect();
  }

  /** Connects anew: what came of the connection is not known, as after a time without a network. */
  refresh(): void {
    this.#connection.refresh();
  }

  /** Starts over with another token. */
  pair(token: string): void {
    this.#loseSession();
    this.#connection.pair(token);
  }

  disconnect(): void {
    this.#connection.disconnect();
  }

  /** Runs a command, now or as soon as there is a connection. It runs once, however often it is sent. */
  run(run: Run): Command {
    const clientId = this.#newId();
    const command = new Command({
      command: run.command,
      clientId,
      options: optionsOf(run),
      phase: "queued",
    });
    this.#byClientId.set(clientId, { command, run });
    this.#add(command);
    this.#send(command);
    return command;
  }

  /**
   * Types into a running command; false when it cannot be reached now. With `end` nothing follows, where the command
   * reads a pipe.
   */
  input(command: Command, text: string, end = false): boolean {
    if (end && !text) return this.#update(command, (serverId) => ({ type: "stdin", serverId, input: "", end }));
    let sent = text.length > 0;
    for (const input of piecesOf(text)) {
      sent &&= this.#update(command, (serverId) => ({ type: "stdin", serverId, input }));
    }
    return sent;
  }

  /** The same with bytes that are no text, each one unit of `letters`. */
  inputBytes(command: Command, letters: string): boolean {
    const { serverId } = command.view;
    if (!this.features.includes("binary") || serverId === null || !command.live) return this.input(command, letters);
    return this.#connection.sendFrame(inputFrame(serverId, Uint8Array.from(letters, (letter) => letter.charCodeAt(0))));
  }

  /** Sends a signal to a command's process group; false when it cannot be reached now. */
  signal(command: Command, signal: number): boolean {
    return this.#update(command, (serverId) => ({ type: "signal", serverId, signal }));
  }

  /** Tells a command the new size of its terminal; false when it cannot be reached now. */
  resize(command: Command, { cols, rows }: Size): boolean {
    return this.#update(command, (serverId) => ({ type: "resize", serverId, cols, rows }));
  }

  /**
   * Lets what is held at a pipe go on, wholly or by lines, or holds it: of one run, or of all where none is named. False
   * when it cannot be reached now.
   */
  hold(command: Command, at: { location: number; run?: number }, action: BreakpointAction, lines?: number): boolean {
    const of = { ...at, action, ...(lines === undefined ? {} : { lines }) };
    return this.#update(command, (serverId) => ({ type: "breakpoint", serverId, ...of }));
  }

  /** Asks for something, and gives it; fails with a `RequestError`. */
  ask<T extends AskType>(type: T, payload: Asks[T][0]): Promise<Asks[T][1]> {
    return granted(this.#requests.ask<Asks[T][1]>({ type, payload } as RequestMessage));
  }

  /** Where the pipes of a text are; null when that cannot be told now. */
  pipes(command: string): Promise<PipeDescription[] | null> {
    return this.ask("pipes", { command }).then(
      ({ pipes }) => pipes,
      () => null,
    );
  }

  /**
   * What the word at the cursor of a line can become; null when that cannot be told now. `cursor` counts UTF-16 units, as
   * the text field of a page does. Needs the feature `complete`.
   */
  async complete(line: string, cursor: number): Promise<Completions | null> {
    return completions(line, cursor, (payload) => this.#requests.ask({ type: "complete", payload }));
  }

  /** Forgets commands that have ended, as when the page is cleared. */
  forget(commands: Iterable<Command>): void {
    const gone = new Set([...commands].filter((command) => command.view.phase !== "running"));
    const kept = this.commands.filter((command) => !gone.has(command));
    this.commands.splice(0, this.commands.length, ...kept);
    for (const { view } of gone) {
      if (view.clientId !== null) this.#byClientId.delete(view.clientId);
      if (view.serverId !== null && this.#byServerId.delete(view.serverId)) this.#forgotten.add(view.serverId);
    }
  }

  #update(command: Command, message: (serverId: number) => ClientUpdate): boolean {
    const { serverId, phase } = command.view;
    if (serverId === null || phase !== "running") return false;
    return this.#connection.send({ type: "update", payload: message(serverId) });
  }

  #add(command: Command): void {
    this.commands.push(command);
    this.#events.added(command);
  }

  #send(command: Command): void {
    const { clientId } = command.view;
    const entry = clientId === null ? undefined : this.#byClientId.get(clientId);
    if (clientId === null || !entry) return;
    const { run } = entry;
    const payload = { command: run.command, clientId, ...optionsOf(run), ...(run.size ? { size: run.size } : {}) };
    if (this.#connection.send({ type: "command", payload })) command.change({ phase: "sent" });
  }

  #granted(answer: Granted, resumed: boolean): void {
    this.limits = answer.limits ?? this.limits;
    this.server = answer.server ?? this.server;
    this.features = answer.features ?? this.features;
    this.#events.session(answer.sessionToken);
    if (resumed) this.#resume(answer.commands ?? [], answer.resume);
    else this.#loseSession();
    if (answer.resume?.missing) this.#events.failed(`${answer.resume.missing} bytes of what Porthole sent are gone.`);
    for (const command of this.commands) {
      const { phase } = command.view;
      if (phase === "queued" || phase === "sent") this.#send(command);
    }
    this.#events.ready?.(!answer.resume?.resumed, answer.cwd);
  }

  /** The session is the same: what ran there is known by the server's list, what it does not know is sent again. */
  #resume(summaries: CommandSummary[], stream?: StreamAnswer): void {
    const listed = new Set<Command>();
    const forgotten = new Set(this.#forgotten);
    this.#forgotten.clear();
    for (const summary of summaries) {
      if (forgotten.has(summary.serverId)) {
        this.#forgotten.add(summary.serverId);
        continue;
      }
      const known = this.#known(summary);
      const command = known ?? this.#restore(summary);
      listed.add(command);
      this.#byServerId.set(summary.serverId, command);
      // A stream that goes on tells by itself what became of the command, once that is due.
      if (known && stream?.resumed) known.change({ serverId: summary.serverId });
      else command.change(fromSummary(summary));
      if (stream && !stream.resumed) command.renew();
    }
    const unlisted = [...this.#byServerId.values()].filter((command) => !listed.has(command));
    for (const command of unlisted) if (command.live) command.change({ phase: "lost" });
    // It may have been forgotten meanwhile. A stream that goes on tells that by itself.
    if (!stream?.resumed) this.forget(unlisted);
  }

  #known({ serverId, clientId }: CommandSummary): Command | undefined {
    const known = this.#byServerId.get(serverId);
    if (known || clientId === undefined) return known;
    return this.#byClientId.get(clientId)?.command;
  }

  #restore(summary: Named): Command {
    const command = new Command({
      options: { format: "html", streams: "exact" },
      ...this.#events.known?.(summary),
      command: summary.command,
      clientId: summary.clientId ?? null,
      serverId: summary.serverId,
      phase: summary.status,
    });
    this.#byServerId.set(summary.serverId, command);
    this.#add(command);
    return command;
  }

  /** The session is gone. Nothing that may have run in it is sent again: it would run twice. */
  #loseSession(): void {
    this.#byServerId.clear();
    this.#forgotten.clear();
    for (const command of this.commands) {
      const { phase } = command.view;
      if (phase === "running" || phase === "sent") command.change({ phase: "lost" });
    }
  }

  #receive(message: ServerMessage): void {
    if (message.type === "command") this.#answered(message.payload);
    else if (message.type === "update") this.#updated(message.payload);
    else if (isAnswered(message)) this.#requests.answered(message.type, message.payload);
    else if (isTold(message)) this.#events.told?.(message);
    else if (message.type === "error") this.#events.failed(message.payload.message);
  }

  #framed(frame: Frame): void {
    if (frame.kind === "file") return this.#requests.carried(frame.serverId, frame.bytes);
    // The first update of a command comes before its frames.
    this.#byServerId.get(frame.serverId)?.frame(frame);
  }

  #answered(answer: CommandAnswer): void {
    const { clientId } = answer;
    const command = clientId === undefined ? undefined : this.#byClientId.get(clientId)?.command;
    if (!isStarted(answer)) {
      if (!command) return this.#events.failed(answer.message);
      return command.change({ phase: "refused", error: { code: answer.code, message: answer.message } });
    }
    // A command of another client of this session.
    if (!command) return;
    this.#byServerId.set(answer.serverId, command);
    const { phase } = command.view;
    command.change({
      serverId: answer.serverId,
      phase: phase === "completed" ? phase : "running",
      pipes: answer.pipes ?? command.view.pipes,
      breakpoints: answer.breakpoints ?? command.view.breakpoints,
    });
  }

  #updated(update: UpdateAnswer): void {
    if (isNews(update)) {
      if (this.#forgotten.has(update.serverId)) return;
      // One that is not known was started by another client of the session.
      const command = this.#byServerId.get(update.serverId) ?? this.#restore(update);
      return command.update(update);
    }
    // Input was taken. Only input with a clientId is answered so, and this client sends none.
    if (!("code" in update)) return;
    // A command that ended while the key was on its way is no news for a person.
    if ("code" in update && update.code !== "command-ended") this.#events.failed(update.message);
  }
}

/** A number below 2^52 that no other client of the session will choose. */
function randomId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0xfffff) * 2 ** 32 + low;
}
