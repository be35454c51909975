// Recent: what the audit trail says, in words for a person.

import type { AuditEntry } from "./ipc";

export interface Told {
  text: string;
  /** Where it came from; "" where nobody came from anywhere. */
  from: string;
  /** Somebody was kept out. */
  warns: boolean;
}

/** Why an authentication failed. */
const reasons: Readonly<Record<string, string>> = {
  "wrong-token": "the token is wrong",
  "wrong-session": "the session is over or unknown",
  "too-many-connections": "too many are connected",
  "too-many-sessions": "too many sessions are in use",
};

/** Signals that end a program, by their numbers. */
const signals: Readonly<Record<string, string>> = { 1: "HUP", 2: "INT", 3: "QUIT", 6: "ABRT", 9: "KILL", 15: "TERM" };

export function told(entry: AuditEntry): Told {
  const { event, address, origin } = entry;
  return { text: sentence(entry), from: origin ?? address ?? "", warns: event === "refused" || event === "turnedAway" };
}

function sentence({ event, who, detail, session, serverId }: AuditEntry): string {
  const name = who || "A client";
  switch (event) {
    case "paired":
      return `${name} came in with the token`;
    case "resumed":
      return `${name} came back to its session`;
    case "refused":
      return `A client was refused: ${(detail && reasons[detail]) ?? detail ?? "it did not say who it is"}`;
    case "turnedAway":
      return `A page was turned away${detail ? `: ${detail}` : ""}`;
    case "killed":
      return `${name} ended command ${session}.${serverId}${detail ? ` with ${signals[detail] ?? `signal ${detail}`}` : ""}`;
    case "disconnected":
      return `${name} disconnected ${detail ?? "a client"}`;
    case "tokenRotated":
      return `${name} renewed the token`;
    case "forgot":
      return `${name} forgot ${detail ?? "something"}`;
    case "preferencesChanged":
      return `${name} changed settings: ${detail ?? ""}`;
    case "started":
      return `Porthole ${detail ?? ""} started`.replace("  ", " ");
    case "stopped":
      return "Porthole ended";
    default:
      return event;
  }
}
