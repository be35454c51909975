// Backoff: growing pauses between attempts to connect, with jitter so that many clients do not return at once.

export interface Backoff {
  /** The first pause, in milliseconds. */
  first: number;
  /** The longest pause, in milliseconds. */
  longest: number;
}

export const defaultBackoff: Backoff = { first: 300, longest: 15_000 };

/**
 * The pause before attempt number `attempt` (1 is the first retry), in milliseconds:
 * between half and all of `first * 2^(attempt-1)`, never above `longest`.
 */
export function pause(attempt: number, random: () => number, backoff: Backoff = defaultBackoff): number {
  const full = Math.min(backoff.longest, backoff.first * 2 ** Math.min(attempt - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}
