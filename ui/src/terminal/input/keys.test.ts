import { describe, expect, test } from "vitest";
import { controlled, encodeKey, encodePaste, type Key } from "./keys";

const key = (name: string, held = ""): Key => ({
  key: name,
  ctrlKey: held.includes("c"),
  altKey: held.includes("a"),
  shiftKey: held.includes("s"),
  metaKey: held.includes("m"),
});

describe("a key becomes what a terminal sends", () => {
  test.each([
    ["Enter", "", "\r"],
    ["Backspace", "", "\x7f"],
    ["Backspace", "c", "\b"],
    ["Backspace", "a", "\x1b\x7f"],
    ["Tab", "", "\t"],
    ["Tab", "s", "\x1b[Z"],
    ["Escape", "", "\x1b"],
    ["ArrowUp", "", "\x1b[A"],
    ["ArrowDown", "", "\x1b[B"],
    ["ArrowRight", "", "\x1b[C"],
    ["ArrowLeft", "", "\x1b[D"],
    ["ArrowLeft", "c", "\x1b[1;5D"],
    ["ArrowUp", "sa", "\x1b[1;4A"],
    ["Home", "", "\x1b[H"],
    ["End", "", "\x1b[F"],
    ["PageUp", "", "\x1b[5~"],
    ["Delete", "", "\x1b[3~"],
    ["Delete", "c", "\x1b[3;5~"],
    ["F1", "", "\x1bOP"],
    ["F5", "", "\x1b[15~"],
    ["F4", "s", "\x1b[1;2S"],
    ["c", "c", "\x03"],
    ["C", "cs", "\x03"],
    ["d", "c", "\x04"],
    ["z", "c", "\x1a"],
    ["[", "c", "\x1b"],
    [" ", "c", "\0"],
    ["\\", "c", "\x1c"],
    ["b", "a", "\x1bb"],
  ])("%s %s", (name, held, expected) => {
    expect(encodeKey(key(name, held))).toBe(expected);
  });
});

test.each([
  ["a", ""],
  ["ä", ""],
  ["€", "ca"],
  ["q", "ca"],
  ["c", "m"],
  ["Shift", "s"],
  ["Dead", ""],
  ["Tab", "c"],
  ["ArrowUp", "m"],
])("%s %s is left to text input or the browser", (name, held) => {
  expect(encodeKey(key(name, held))).toBeNull();
});

test("pasted line ends are the Enter key", () => {
  expect(encodePaste("a\r\nb\nc\rd")).toBe("a\rb\rc\rd");
});

test("Ctrl that was touched before makes a control character of what is typed next", () => {
  expect(["c", "D", "[", "é", "cd"].map(controlled)).toEqual(["\x03", "\x04", "\x1b", "é", "cd"]);
});
