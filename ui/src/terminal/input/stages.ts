// Stages: what stands between the pipes of a command, and what is left of it after one.

import type { PipeDescription } from "../../protocol";
import { blocksOf } from "./blocks";
import { unitOffsets } from "./marks";

/** The text of every stage: one more than there are pipes. */
export function stagesOf(command: string, pipes: readonly PipeDescription[]): string[] {
  const places = unitOffsets(command, pipes.map(({ offset }) => offset));
  const ends = [...places, command.length];
  return ends.map((end, at) => {
    const pipe = pipes[at - 1];
    const start = pipe ? (places[at - 1] ?? 0) + pipe.op.length : 0;
    return command.slice(start, end).replace(/\s+/g, " ").trim();
  });
}

/**
 * Everything after a pipe, as a command of its own: it ends where something closes that was opened before the pipe, such
 * as the loop around it.
 */
export function restAfter(command: string, pipe: PipeDescription): string {
  const [at = 0] = unitOffsets(command, [pipe.offset]);
  const rest = command.slice(at + pipe.op.length);
  return rest.slice(0, blocksOf(rest).end).replace(/[\s;&]+$/, "").trim();
}
