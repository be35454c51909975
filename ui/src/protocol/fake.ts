// Fake: a server in memory and a clock to turn by hand, for the tests of this folder.

import type { Clock, Socket } from "./connection";
import type { ClientMessage } from "./messages";
import type { ServerMessage } from "./generated";

/** One socket, seen from the server's side. */
export class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onerror: Socket["onerror"] = null;
  readonly received: ClientMessage[] = [];
  readonly frames: Uint8Array[] = [];
  binaryType = "blob";
  closed = false;

  send(data: string | Uint8Array): void {
    if (typeof data !== "string") return void this.frames.push(data);
    this.received.push(JSON.parse(data) as ClientMessage);
  }

  close(): void {
    this.closed = true;
  }

  opens(): void {
    this.onopen?.(undefined as never);
  }

  says(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  sends(frame: Uint8Array<ArrayBuffer>): void {
    this.onmessage?.({ data: frame.buffer });
  }

  breaks(reason = ""): void {
    this.closed = true;
    this.onclose?.({ code: 1006, reason });
  }

  /** The payloads of the messages of one type that came so far. */
  got<T extends ClientMessage["type"]>(type: T): Extract<ClientMessage, { type: T }>["payload"][] {
    return this.received.filter((message) => message.type === type).map((message) => message.payload as never);
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly open = (): Socket => {
    const socket = new FakeSocket();
    this.sockets.push(socket);
    return socket;
  };

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("nobody connected");
    return socket;
  }

  /** Lets the newest socket open and in. */
  admits(sessionToken: string, more: object = {}): FakeSocket {
    this.socket.opens();
    this.socket.says({ type: "authentication", payload: { result: "ok", sessionToken, ...more } });
    return this.socket;
  }
}

export class FakeClock implements Clock {
  #now = 0;
  #timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.#now + milliseconds, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets the time pass until the next timer runs; gives how long that took. */
  turn(): number {
    const [next] = [...this.#timers].sort((a, b) => a.at - b.at);
    if (!next) throw new Error("nothing waits");
    const passed = next.at - this.#now;
    this.#now = next.at;
    this.#timers.delete(next);
    next.run();
    return passed;
  }
}
