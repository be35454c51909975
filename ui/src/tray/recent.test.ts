import { expect, test } from "vitest";
import type { AuditEntry } from "./ipc";
import { told } from "./recent";

const entry = (part: Partial<AuditEntry> & Pick<AuditEntry, "event">): AuditEntry => ({ id: 1, time: "2026-01-01T00:00:00.000Z", ...part });

test("who came in, was kept out and ended what is told in words, and who was kept out is a warning", () => {
  const from = { address: "127.0.0.1:5000", origin: "https://localhost:7867" };
  expect(told(entry({ event: "paired", who: "notebook 1", ...from }))).toEqual({
    text: "notebook 1 came in with the token",
    from: "https://localhost:7867",
    warns: false,
  });
  expect(told(entry({ event: "refused", detail: "wrong-token", address: "127.0.0.1:5000" }))).toEqual({
    text: "A client was refused: the token is wrong",
    from: "127.0.0.1:5000",
    warns: true,
  });
  expect(told(entry({ event: "killed", who: "the tray", session: 3, serverId: 12, detail: "9" })).text).toBe("the tray ended command 3.12 with KILL");
});

test("what a newer Porthole wrote is told by its name", () => {
  expect(told(entry({ event: "moonwalked" })).text).toBe("moonwalked");
});
