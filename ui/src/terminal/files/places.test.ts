import { expect, test } from "vitest";
import { baseName, crumbs, modeText, numbered, parentOf, pathText, within } from "./places";

test("a name in a folder keeps bytes that are no text", () => {
  expect(within("/", "a")).toBe("/a");
  expect(within("/home/me", "a b")).toBe("/home/me/a b");
  const odd = within("/tmp/é", "?", btoa("\xffx"));
  expect(odd).toEqual({ base64: btoa("/tmp/\xc3\xa9/\xffx") });
  expect(pathText(odd)).toBe("/tmp/é/\ufffdx");
});

test("a number goes before the ending, and hidden files have none", () => {
  expect(numbered("/a/report.tar.txt", 2)).toBe("/a/report.tar (2).txt");
  expect(numbered("/a.b/plain", 1)).toBe("/a.b/plain (1)");
  expect(numbered("/a/.profile", 1)).toBe("/a/.profile (1)");
});

test("paths come apart", () => {
  expect(baseName("/a/b/")).toBe("b");
  expect(parentOf("/a")).toBe("/");
  expect(crumbs("/a/b").map(({ path }) => path)).toEqual(["/", "/a", "/a/b"]);
  expect(modeText(0o644)).toBe("rw-r--r--");
});
