// Completions: what the word at the cursor of a line can become, in the positions of a text field.

import type { Answer, CompleteAnswer, CompleteRequest, Completion } from "./generated";

/** The completions of a line. */
export interface Completions extends CompleteAnswer {
  /** Where what a completion replaces begins, in UTF-16 units. */
  from: number;
  /** Where it ends, in UTF-16 units. */
  to: number;
}

/** A line in which a completion was accepted, with its cursor in UTF-16 units. */
export interface Accepted {
  line: string;
  cursor: number;
}

/** Asks for the completions of a line whose cursor is behind so many UTF-16 units. */
export async function completions(
  line: string,
  cursor: number,
  ask: (payload: CompleteRequest) => Promise<Answer<CompleteAnswer> | null>,
): Promise<Completions | null> {
  // Half of a pair of surrogates would be no character for the server.
  const at = isLowSurrogate(line.charCodeAt(cursor)) && isHighSurrogate(line.charCodeAt(cursor - 1)) ? cursor - 1 : cursor;
  const bytes = new TextEncoder().encode(line);
  const answer = await ask({ line, cursor: new TextEncoder().encode(line.slice(0, at)).length });
  if (answer === null || !("completions" in answer)) return null;
  const units = (offset: number) => new TextDecoder().decode(bytes.subarray(0, offset)).length;
  return { ...answer, from: units(answer.from), to: units(answer.to) };
}

/** The line in which a completion takes the place of the word, and a blank follows unless the word goes on. */
export function accept(line: string, { from, to }: Pick<Completions, "from" | "to">, completion: Completion): Accepted {
  const rest = line.slice(to);
  const behind = completion.open || /^[\s"';|&)]/.test(rest) ? "" : " ";
  const before = line.slice(0, from) + completion.text + behind;
  return { line: before + rest, cursor: before.length };
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
