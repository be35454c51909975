// @vitest-environment jsdom

import { expect, test } from "vitest";
import { Command } from "../../protocol";
import { findKept, keepForReload, takeKept } from "./reload";

const view = (serverId: number, command = "ls") => {
  const made = new Command({ command, clientId: 1, options: { format: "html", streams: "exact" }, phase: "completed" });
  made.change({ serverId, exitCode: 3, dropped: 7 });
  return made.view;
};

test("what is known of a command is found again, once", () => {
  keepForReload([view(1)], [5, 6]);
  const kept = takeKept();
  expect(kept.forgotten).toEqual([5, 6]);
  expect(findKept(kept, { serverId: 1, command: "ls" })).toMatchObject({ exitCode: 3, dropped: 0 });
  expect(findKept(kept, { serverId: 2, command: "ls" })).toBeNull();
  expect(findKept(kept, { serverId: 1, command: "rm" })).toBeNull();
  expect(takeKept()).toEqual({ views: [], forgotten: [] });
});

test("it is bounded, and the newest is what stays", () => {
  const text = "x".repeat(100_000);
  keepForReload(Array.from({ length: 30 }, (_, at) => view(at, text)), []);
  const kept = takeKept();
  expect(JSON.stringify(kept).length).toBeLessThan(1_010_000);
  expect(findKept(kept, { serverId: 29, command: text })).not.toBeNull();
  expect(findKept(kept, { serverId: 0, command: text })).toBeNull();
});

test("something else in its place is no obstacle", () => {
  for (const text of ["{", "null", "[1]", '{"views":7}']) {
    sessionStorage.setItem("porthole.reload", text);
    expect(takeKept()).toEqual({ views: [], forgotten: [] });
  }
});
