import { expect, test } from "vitest";
import { Command } from "../../protocol";
import { bytes, duration, elapsed, outcome, shellWord, shortPath } from "./wording";

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [2449, "2.4 s"],
  [59_900, "59 s"],
  [187_000, "3 min 07 s"],
  [3_720_000, "1 h 02 min"],
])("%d ms is %s", (milliseconds, text) => expect(duration(milliseconds)).toBe(text));

test("what still runs counts whole seconds", () => {
  expect(elapsed(-5)).toBe("0 s");
  expect(elapsed(2999)).toBe("2 s");
  expect(elapsed(61_000)).toBe("1 min 01 s");
});

test("bytes", () => expect([5, 1500, 2_340_000].map(bytes)).toEqual(["5 B", "1.5 kB", "2.3 MB"]));

test("home folders are short", () => {
  expect(["/root", "/home/ann/src", "/Users/ann", "/home", "/homely/x", "/srv"].map(shortPath)).toEqual([
    "~", "~/src", "~", "/home", "/homely/x", "/srv",
  ]);
});

test("a word is quoted for the shell where it must be", () => {
  expect(["a.txt", "a b", "it's", "$HOME", "-", ""].map(shellWord)).toEqual(["a.txt", "'a b'", "'it'\\''s'", "'$HOME'", "-", "''"]);
});

test("how a command ended", () => {
  const ended = (part: object) => {
    const command = new Command({ command: "x", clientId: 1, options: { format: "html", streams: "exact" }, phase: "completed" });
    command.change(part);
    return outcome(command.view);
  };
  expect(ended({ exitCode: 0 })).toBe("");
  expect(ended({ exitCode: 2 })).toBe("exit 2");
  expect(ended({ exitCode: 130, signal: 2 })).toBe("SIGINT");
  expect(ended({ exitCode: 163, signal: 35 })).toBe("signal 35");
  expect(ended({ exitCode: 148 })).toBe("stopped");
  expect(ended({ exitCode: 148, signal: 15 })).toBe("SIGTERM");
  expect(ended({ phase: "lost" })).toBe("lost");
  expect(ended({ phase: "refused" })).toBe("not run");
});
