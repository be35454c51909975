// Connection: one authenticated websocket that comes back by itself.

import { type Backoff, defaultBackoff, pause } from "./backoff";
import { type Frame, placeAfter, readBinary } from "./frames";
import type { Code, Feature, ServerMessage } from "./generated";
import { type ClientMessage, type Granted, isGranted, type Numbered, readFrame } from "./messages";

/** What is needed of a websocket; `WebSocket` has it. */
export interface Socket {
  binaryType: string;
  /** Above 1 once it closes, which `onclose` may tell a while later. */
  readonly readyState?: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** Time, as far as a connection needs it. */
export interface Clock {
  now(): number;
  after(milliseconds: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** What the client may show to get in. The session token is renewed by the server. */
export interface Credentials {
  token: string | null;
  sessionToken: string | null;
}

/** What the server sends to this client over all its connections, and how far that has come. */
interface Stream {
  name: string;
  /** The number of the newest message that was taken in. */
  seq: number;
  /** The newest one that the server was told of. */
  acknowledged: number;
  /** How much may come before it is told. */
  window: number;
}

/** How long nothing may come before something is asked, and then until the connection is taken for dead, in milliseconds. */
const silence = 10_000;
/** The longest time for which what came is not acknowledged, in milliseconds. */
const acknowledgeAfter = 500;

/** Where a connection stands. */
export type ConnectionState =
  | { kind: "idle" }
  | { kind: "connecting"; attempt: number }
  | { kind: "authenticating"; attempt: number }
  | { kind: "ready" }
  /** Nothing to do but wait; `reason` is what the server said last, or "". */
  | { kind: "waiting"; attempt: number; retryAt: number; reason: string }
  /** The server does not accept the credentials; only a new token helps. */
  | { kind: "refused"; code: Code; message: string };

export interface ConnectionOptions {
  url: string;
  credentials: Credentials;
  features: Feature[];
  client: { name: string; version: string };
  open?: (url: string) => Socket;
  clock?: Clock;
  random?: () => number;
  backoff?: Backoff;
  /** How long the socket may take to open, and the server to answer the authentication, in milliseconds. */
  patience?: number;
}

export interface ConnectionEvents {
  /** The state changed. */
  state(state: ConnectionState): void;
  /** The server let the client in; `resumed` when it gave the session back. */
  granted(answer: Granted, resumed: boolean): void;
  /** Any message after the authentication. */
  message(message: ServerMessage): void;
  /** A binary frame, where such are granted. */
  frame?(frame: Frame): void;
  /** Nothing has come for a while: asks the server for something that it answers, so that a dead connection is noticed. */
  quiet?(): void;
}

export class Connection {
  state: ConnectionState = { kind: "idle" };
  readonly #options: Required<ConnectionOptions>;
  readonly #events: ConnectionEvents;
  #socket: Socket | null = null;
  #attempt = 0;
  #sentSession = false;
  #reason = "";
  #cancelTimer: () => void = () => {};
  #stream: Stream | null = null;
  /** When something came last. */
  #heard = 0;
  /** When something was asked only to hear an answer; null where that was heard, or nothing was asked. */
  #asked: number | null = null;
  #cancelListening: () => void = () => {};
  /** Takes back an acknowledgement that is to be sent a little later. */
  #cancelAcknowledgement: (() => void) | null = null;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = {
      open: (url) => new WebSocket(url) as unknown as Socket,
      clock: systemClock,
      random: Math.random,
      backoff: defaultBackoff,
      patience: 15_000,
      ...options,
    };
    this.#events = events;
  }

  get credentials(): Readonly<Credentials> {
    return this.#options.credentials;
  }

  /** Connects, or tries again now instead of later. Does nothing while connected or connecting. */
  connect(): void {
    if (this.#socket) return;
    const { token, sessionToken } = this.#options.credentials;
    if (!token && !sessionToken) return this.#enter({ kind: "idle" });
    this.#cancelTimer();
    this.#enter({ kind: "connecting", attempt: this.#attempt });
    let socket: Socket;
    try {
      socket = this.#options.open(this.#options.url);
    } catch {
      return this.#retry("");
    }
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#authenticate();
    socket.onmessage = (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.#socket) this.#lost(event.reason);
    };
    socket.onerror = null;
    this.#cancelTimer = this.#options.clock.after(this.#options.patience, () => this.#abandon());
  }

  /** Starts over with another token. */
  pair(token: string): void {
    this.disconnect();
    this.#options.credentials = { token, sessionToken: null };
    this.#stream = null;
    this.#attempt = 0;
    this.connect();
  }

  /**
   * Connects anew where the connection may be dead without anybody having been told, as when the network was gone. The
   * stream goes on where it was, so that nothing but the time for it is lost.
   */
  refresh(): void {
    if (this.state.kind === "ready" && this.#stream) this.#drop();
    this.connect();
  }

  /** Ends the connection and stays away. */
  disconnect(): void {
    this.#cancelTimer();
    this.#drop();
    this.#enter({ kind: "idle" });
  }

  /** Sends a message; false when there is no authenticated connection to send it on. */
  send(message: ClientMessage): boolean {
    return this.#put(JSON.stringify(message));
  }

  /** Sends a binary frame; the server granted such. False when there is no authenticated connection. */
  sendFrame(frame: Uint8Array<ArrayBuffer>): boolean {
    return this.#put(frame);
  }

  #put(data: string | Uint8Array<ArrayBuffer>): boolean {
    if (this.state.kind !== "ready" || !this.#socket || (this.#socket.readyState ?? 1) > 1) return false;
    this.#socket.send(data);
    return true;
  }

  #authenticate(): void {
    const { credentials, features, client } = this.#options;
    const { token, sessionToken } = credentials;
    this.#sentSession = sessionToken !== null;
    const secret = sessionToken !== null ? { sessionToken } : token !== null ? { token } : null;
    if (!secret) return;
    this.#enter({ kind: "authenticating", attempt: this.#attempt });
    const stream = this.#sentSession ? this.#stream : null;
    const resume = stream ? { resume: { stream: stream.name, seq: stream.seq } } : {};
    const message: ClientMessage = { type: "authentication", payload: { ...secret, ...resume, features, client } };
    this.#socket?.send(JSON.stringify(message));
  }

  #receive(data: unknown): void {
    this.#heard = this.#options.clock.now();
    this.#asked = null;
    if (data instanceof ArrayBuffer) {
      const frame = this.state.kind === "ready" ? readBinary(data) : null;
      if (frame) this.#takeFrame(frame);
      return;
    }
    const message = readFrame(data);
    if (!message) return;
    if (this.state.kind === "ready") return this.#take(message);
    if (message.type === "error") {
      this.#reason = message.payload.message;
      return;
    }
    if (message.type !== "authentication") return;
    const answer = message.payload;
    if (isGranted(answer)) return this.#grant(answer);
    this.#refuse(answer.code, answer.message);
  }

  /** Takes in a message once, and acknowledges it now or a little later. */
  #take(message: Numbered): void {
    const { seq } = message;
    const stream = this.#stream;
    // The client is elsewhere, so that what comes to it there is nothing that this one has had.
    if (message.type === "error" && message.payload.code === "superseded") this.#stream = null;
    if (seq === undefined || !stream) return this.#events.message(message);
    if (seq <= stream.seq) return;
    this.#took(stream, seq, () => this.#events.message(message));
  }

  /** The same with a frame. One that answers a request is no part of the stream. */
  #takeFrame(frame: Frame): void {
    const stream = this.#stream;
    if (frame.kind === "file" || !stream) return this.#events.frame?.(frame);
    this.#took(stream, placeAfter(stream.seq, frame.seq), () => this.#events.frame?.(frame));
  }

  #took(stream: Stream, seq: number, take: () => void): void {
    stream.seq = seq;
    take();
    if (seq - stream.acknowledged >= stream.window / 8) this.#acknowledge(stream);
    else this.#cancelAcknowledgement ??= this.#options.clock.after(acknowledgeAfter, () => this.#acknowledge(stream));
  }

  #acknowledge(stream: Stream): void {
    this.#acknowledgeNoMore();
    if (stream !== this.#stream || stream.acknowledged === stream.seq) return;
    if (this.send({ type: "ack", payload: { seq: stream.seq } })) stream.acknowledged = stream.seq;
  }

  #acknowledgeNoMore(): void {
    this.#cancelAcknowledgement?.();
    this.#cancelAcknowledgement = null;
  }

  /** A socket whose network is gone says nothing of it: neither does it close, nor does it refuse what is sent. */
  #listen(): void {
    this.#cancelListening = this.#options.clock.after(silence, () => {
      const now = this.#options.clock.now();
      // A page that was asleep has not asked yet, however long ago it heard something.
      if (this.#asked !== null && now - this.#asked >= silence) return this.#abandon();
      this.#listen();
      if (this.#asked !== null || now - this.#heard < silence) return;
      this.#asked = now;
      this.#events.quiet?.();
    });
  }

  #grant(answer: Granted): void {
    this.#cancelTimer();
    this.#cancelListening();
    if (this.#events.quiet) this.#listen();
    const { resume } = answer;
    this.#stream = resume
      ? { name: resume.stream, seq: resume.seq, acknowledged: resume.seq, window: answer.limits?.window ?? 1 << 20 }
      : null;
    this.#attempt = 0;
    this.#reason = "";
    this.#options.credentials = { ...this.#options.credentials, sessionToken: answer.sessionToken };
    const resumed = this.#sentSession && answer.commands !== undefined;
    this.#enter({ kind: "ready" });
    this.#events.granted(answer, resumed);
  }

  #refuse(code: Code, message: string): void {
    if ((code === "bad-cursor" || code === "superseded") && this.#stream) {
      // Nothing to go on with: the session is given back with a stream that begins anew.
      this.#stream = null;
      return this.#authenticate();
    }
    if (code === "wrong-session" && this.#options.credentials.token !== null) {
      // The session is over, for example because the server was restarted; the token still opens a new one.
      this.#options.credentials = { ...this.#options.credentials, sessionToken: null };
      return this.#authenticate();
    }
    if (code === "wrong-token" || code === "wrong-session") {
      this.#cancelTimer();
      this.#drop();
      return this.#enter({ kind: "refused", code, message });
    }
    this.#drop();
    this.#retry(message);
  }

  #lost(reason: string): void {
    this.#cancelListening();
    this.#acknowledgeNoMore();
    this.#socket = null;
    this.#retry(reason || this.#reason);
  }

  #abandon(): void {
    this.#drop();
    this.#retry("");
  }

  #drop(): void {
    this.#cancelListening();
    this.#acknowledgeNoMore();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  #retry(reason: string): void {
    this.#cancelTimer();
    this.#attempt += 1;
    this.#reason = "";
    const { clock, random, backoff } = this.#options;
    const wait = pause(this.#attempt, random, backoff);
    this.#enter({ kind: "waiting", attempt: this.#attempt, retryAt: clock.now() + wait, reason });
    this.#cancelTimer = clock.after(wait, () => this.connect());
  }

  #enter(state: ConnectionState): void {
    this.state = state;
    this.#events.state(state);
  }
}
