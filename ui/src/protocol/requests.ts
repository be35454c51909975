// Requests: questions with one answer each, told apart by a number of the client's own.

import type { Answer, Code, Outcome } from "./generated";
import type { RequestMessage } from "./messages";

/** Why something that was asked for is not to be had. */
export class RequestError extends Error {
  /** `unreachable`: there was nobody to answer. */
  readonly code: Code | "unreachable";

  constructor(code: Code | "unreachable", message: string) {
    super(message);
    this.code = code;
  }
}

/** What was asked for, or a `RequestError`. */
export async function granted<A>(asked: Promise<Answer<A> | null>): Promise<A> {
  const answer = await asked;
  if (answer === null) throw new RequestError("unreachable", "Porthole cannot be reached now.");
  if ("code" in (answer as object)) {
    const { code, message } = answer as { code: Code; message: string };
    throw new RequestError(code, message);
  }
  return answer as A;
}

/** What an answer has besides its result and its number. */
type Found = { result: Outcome; clientId?: number };

/** An answer whose bytes came in a frame of their own. */
export type WithBytes = { bytes?: Uint8Array<ArrayBuffer> };

interface Waiting {
  type: string;
  /** They come before the answer. */
  bytes?: Uint8Array<ArrayBuffer>;
  settle(answer: (Found & WithBytes) | null): void;
}

/** Questions that wait at most for this many answers; more are not asked. */
const most = 64;

export class Requests {
  readonly #send: (message: RequestMessage) => boolean;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  constructor(send: (message: RequestMessage) => boolean) {
    this.#send = send;
  }

  /** Asks, and gives the answer; null where there is nobody to answer, or the connection is lost before the answer. */
  ask<A>(message: RequestMessage): Promise<Answer<A> | null> {
    const clientId = this.#next;
    this.#next += 1;
    return new Promise((resolve) => {
      const asked = { ...message, payload: { ...message.payload, clientId } } as RequestMessage;
      if (this.#waiting.size >= most || !this.#send(asked)) return resolve(null);
      this.#waiting.set(clientId, { type: message.type, settle: (answer) => resolve(answer as Answer<A> | null) });
    });
  }

  /** Takes in an answer; false when nobody waits for it. */
  answered(type: string, answer: Found): boolean {
    const { clientId } = answer;
    const waiting = clientId === undefined ? undefined : this.#waiting.get(clientId);
    if (clientId === undefined || waiting?.type !== type) return false;
    this.#waiting.delete(clientId);
    waiting.settle(waiting.bytes ? { ...answer, bytes: waiting.bytes } : answer);
    return true;
  }

  /** Takes in the bytes that belong to the answer that comes next for this number. */
  carried(clientId: number, bytes: Uint8Array<ArrayBuffer>): void {
    const waiting = this.#waiting.get(clientId);
    if (waiting) waiting.bytes = bytes;
  }

  /** The connection is gone, and with it every answer. */
  lost(): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { settle } of waiting) settle(null);
  }
}
