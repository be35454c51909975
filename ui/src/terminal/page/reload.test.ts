// @vitest-environment jsdom

import { expect, test } from "vitest";
import { Command } from "../../protocol";
import { findKept, keepForReload, takeKept } from "./reload";

const shown = (serverId: number, data: string[], line = "") => {
  const command = new Command({ command: "ls", clientId: 1, options: { format: "html", streams: "exact" }, phase: "completed" });
  command.change({ serverId, exitCode: 3 });
  return {
    view: command.view,
    pieces: data.map((text) => ({ stream: "stdout" as const, data: text })),
    lines: { stdout: line, stderr: "" },
  };
};
const summary = (serverId: number, command = "ls") => ({ serverId, command, begin: "", end: "", status: "completed" as const });

test("what a block showed is found again, once", () => {
  keepForReload([shown(1, ["a\n", "b\n"], "> ")]);
  const kept = takeKept();
  const found = findKept(kept, summary(1));
  expect(found?.view.exitCode).toBe(3);
  expect(found?.chunks).toEqual([
    { stream: "stdout", data: "a\n" },
    { stream: "stdout", data: "b\n" },
    { stream: "stdout", data: "", line: "> " },
  ]);
  expect(findKept(kept, summary(2))).toBeNull();
  expect(findKept(kept, summary(1, "rm"))).toBeNull();
  expect(takeKept()).toEqual([]);
});

test("it is bounded, and the newest is what stays", () => {
  const page = "x".repeat(50_000);
  keepForReload(Array.from({ length: 30 }, (_, at) => shown(at, [...Array<string>(9).fill(page), `last of ${at}`])));
  const kept = takeKept();
  expect(JSON.stringify(kept).length).toBeLessThan(2_100_000);
  expect(findKept(kept, summary(29))?.chunks.at(-1)?.data).toBe("last of 29");
  expect(findKept(kept, summary(29))?.chunks.length).toBe(4);
  expect(findKept(kept, summary(0))?.chunks.length).toBe(1);
});

test("something else in its place is no obstacle", () => {
  sessionStorage.setItem("porthole.reload", "{");
  expect(takeKept()).toEqual([]);
});
