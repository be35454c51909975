// Ipc: everything that the window asks of the app, and the only place that knows Tauri.

import { invoke, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";

/** One connected client. */
export interface Client {
  id: number;
  name: string;
  address: string;
  origin: string | null;
  /** RFC 3339, UTC. */
  since: string;
  session: number;
}

/** One command, running or lately completed. */
export interface Command {
  /** Names it over all sessions: "3.12". */
  id: string;
  session: number;
  serverId: number;
  command: string;
  client: string;
  begin: string;
  end: string;
  status: "running" | "completed";
  exitCode: number | null;
  /** The newest of its output as plain text. */
  tail: string;
}

/** Something that happened: who came in or was kept out, and who ended or changed something. */
export interface AuditEntry {
  id: number;
  /** RFC 3339, UTC. */
  time: string;
  /** `paired`, `refused`, `killed` and others. */
  event: string;
  who?: string;
  address?: string;
  origin?: string;
  session?: number;
  serverId?: number;
  detail?: string;
}

/** What the window shows. */
export interface State {
  running: boolean;
  /** Where the web terminal is: `https://localhost:7867/`. */
  address: string;
  fingerprint: string;
  version: string;
  error: string | null;
  /** What is wrong though it runs. */
  problem: string | null;
  clients: Client[];
  commands: Command[];
}

/** What the app does for its window. Every promise is rejected with one sentence for a person. */
export interface App {
  state(): Promise<State>;
  /** Calls `listener` with every new state; gives the way to stop that. */
  onState(listener: (state: State) => void): Promise<() => void>;
  revealToken(): Promise<string>;
  copyToken(): Promise<void>;
  rotateToken(): Promise<void>;
  openTerminal(): Promise<void>;
  killCommand(id: string): Promise<void>;
  killEverything(): Promise<void>;
  disconnectClient(id: number): Promise<void>;
  /** The newest of what happened, newest first. */
  recentActivity(): Promise<AuditEntry[]>;
  /** Starts again what could not start; how that went is told by the state. */
  retry(): Promise<void>;
}

const tauri: App = {
  state: () => invoke("state"),
  onState: (listener) => listen<State>("state-changed", ({ payload }) => listener(payload)),
  revealToken: () => invoke("reveal_token"),
  copyToken: () => invoke("copy_token"),
  rotateToken: () => invoke("rotate_token"),
  openTerminal: () => invoke("open_terminal"),
  killCommand: (id) => invoke("kill_command", { id }),
  killEverything: () => invoke("kill_everything"),
  disconnectClient: (id) => invoke("disconnect_client", { id }),
  recentActivity: () => invoke("recent_activity"),
  retry: () => invoke("retry"),
};

/** The app; under `vite dev` in a browser a made-up one, so that the window can be worked on. */
export async function connect(): Promise<App> {
  if (import.meta.env.DEV && !isTauri()) return (await import("./demo")).demo();
  return tauri;
}
