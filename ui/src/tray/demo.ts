// Demo: a made-up app for working on the window in a browser. It is in no build.

import type { App, State } from "./ipc";

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

export function demo(): App {
  let state: State = {
    running: true,
    address: "https://localhost:7867/",
    fingerprint: "sha256:3f9c51d20b7ae44c8d1f60a97b2e5c3388d4f1a06be97c25d41b0f8837aa6e19",
    version: "0.1.0",
    error: null,
    problem: null,
    clients: [
      { id: 1, name: "Porthole web terminal", address: "127.0.0.1:51744", origin: "https://localhost:7867", since: ago(4210), session: 1 },
      { id: 2, name: "deploy notebook", address: "127.0.0.1:51802", origin: null, since: ago(63), session: 2 },
    ],
    commands: [
      { id: "1.14", session: 1, serverId: 14, command: "npm run dev", client: "Porthole web terminal", begin: ago(754), end: "", status: "running", exitCode: null, tail: "  VITE ready in 312 ms\n  ➜  Local:   http://localhost:5173/\n10:41:07 page reload src/App.svelte" },
      { id: "2.1", session: 2, serverId: 1, command: "tail -f /var/log/syslog | grep --line-buffered sshd", client: "deploy notebook", begin: ago(58), end: "", status: "running", exitCode: null, tail: "" },
      { id: "1.13", session: 1, serverId: 13, command: "cargo test -p engine", client: "Porthole web terminal", begin: ago(1100), end: ago(1021), status: "completed", exitCode: 101, tail: "test result: FAILED. 41 passed; 1 failed" },
      { id: "1.12", session: 1, serverId: 12, command: "git log --oneline -20", client: "Porthole web terminal", begin: ago(1300), end: ago(1299), status: "completed", exitCode: 0, tail: "7f6a843 Workspace and the protocol's messages" },
    ],
  };
  const listeners = new Set<(state: State) => void>();
  const change = (part: Partial<State>) => {
    state = { ...state, ...part };
    for (const listener of listeners) listener(state);
  };
  const end = (id: string | null) =>
    change({
      commands: state.commands.map((command) =>
        command.status === "running" && (id === null || command.id === id)
          ? { ...command, status: "completed", end: ago(0), exitCode: 143 }
          : command,
      ),
    });
  return {
    state: async () => state,
    onState: async (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    revealToken: async () => "ph1_demo-demo-demo-demo-demo-demo-demo-demo-demo-demo",
    copyToken: async () => {},
    rotateToken: async () => change({ clients: [] }),
    openTerminal: async () => {},
    killCommand: async (id) => end(id),
    killEverything: async () => end(null),
    disconnectClient: async (id) => change({ clients: state.clients.filter((client) => client.id !== id) }),
    recentActivity: async () => [
      { id: 5, time: ago(40), event: "refused", detail: "wrong-token", address: "127.0.0.1:51900" },
      { id: 4, time: ago(63), event: "paired", who: "deploy notebook", address: "127.0.0.1:51802", session: 2 },
      { id: 3, time: ago(1021), event: "killed", who: "the tray", session: 1, serverId: 11, detail: "15" },
      { id: 2, time: ago(4210), event: "paired", who: "Porthole web terminal", address: "127.0.0.1:51744", origin: "https://localhost:7867", session: 1 },
      { id: 1, time: ago(4300), event: "started", detail: "0.1.0" },
    ],
    retry: async () => change({ running: true, error: null }),
  };
}
