// Told: of what the page tells by itself.

import type { NotificationKind } from "../../protocol";

/** The kinds that a person can choose, in words. */
export const toldKinds: readonly (readonly [NotificationKind, string])[] = [
  ["commandEnded", "long commands that end out of sight"],
  ["commandKilled", "commands that somebody else kills"],
  ["clientJoined", "clients that join this session"],
  ["clientLeft", "clients that leave it"],
];

/** What is told in any case: what is shown has to go, or the connection is closed after it. */
const always: readonly NotificationKind[] = ["commandsForgotten", "tokenRotated", "sessionEnding", "engineStopping"];
const usual: readonly NotificationKind[] = ["commandEnded", "commandKilled", "clientJoined"];

/** The kinds that the person chose. */
export function told(own: Readonly<Record<string, unknown>>): readonly string[] {
  const chosen = own["told"];
  return Array.isArray(chosen) ? chosen.filter((kind) => toldKinds.some(([known]) => known === kind)) : usual;
}

/** The kinds to ask the server for. Ends are asked for in any case: the browser may tell them where the page does not. */
export function subscribed(own: Readonly<Record<string, unknown>>): NotificationKind[] {
  return [...new Set([...(told(own) as NotificationKind[]), "commandEnded" as const, ...always])];
}
