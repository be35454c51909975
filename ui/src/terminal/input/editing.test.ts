import { expect, test } from "vitest";
import { edit } from "./editing";

/** A line is written with "|" where its caret is. */
function made(key: string, line: string): string | null {
  const caret = line.indexOf("|");
  const now = edit(key, { text: line.replace("|", ""), start: caret, end: caret });
  return now && `${now.text.slice(0, now.caret)}|${now.text.slice(now.caret)}`;
}

test.each([
  ["ctrl-a", "one\ntwo th|ree", "one\n|two three"],
  ["ctrl-e", "on|e\ntwo", "one|\ntwo"],
  ["ctrl-u", "one\ntwo th|ree", "one\n|ree"],
  ["ctrl-k", "on|e\ntwo", "on|\ntwo"],
  ["ctrl-w", "cat a/b.txt  | c", "cat | c"],
  ["ctrl-w", "|cat", "|cat"],
  ["ctrl-d", "a|bc", "a|c"],
  ["ctrl-d", "|\u{1f600}x", "|x"],
  ["ctrl-d", "|e\u0301x", "|x"],
  ["ctrl-d", "abc|", "abc|"],
  ["alt-backspace", "cat a/b.txt|", "cat a/b.|"],
  ["alt-d", "cat |a/b", "cat |/b"],
  ["alt-b", "cat a/été|", "cat a/|été"],
  ["alt-f", "cat| a/b", "cat a|/b"],
])("%s makes of %j %j", (key, line, expected) => expect(made(key, line)).toBe(expected));

test("what is selected goes with it, and other keys are left alone", () => {
  expect(edit("ctrl-d", { text: "abcd", start: 1, end: 3 })).toEqual({ text: "ad", caret: 1 });
  expect(edit("ctrl-v", { text: "a", start: 0, end: 0 })).toBeNull();
});
