import { expect, test } from "vitest";
import { accept, type Completions, completions } from "./completions";
import type { CompleteRequest, Completion } from "./generated";

const file: Completion = { text: "ä\\ b.txt", display: "ä b.txt", kind: "file" };

test("positions are those of a text field, whatever the bytes of the line", async () => {
  const asked: CompleteRequest[] = [];
  const line = "echo 😀 ä; cat ä";
  const found = await completions(line, line.length, async (payload) => {
    asked.push(payload);
    return { result: "ok", from: 18, to: 20, completions: [file], cut: false, source: "shell" };
  });
  expect(asked).toEqual([{ line, cursor: 20 }]);
  expect(found).toMatchObject({ from: 15, to: 16, completions: [file] });
  expect(accept(line, found as Completions, file)).toEqual({ line: "echo 😀 ä; cat ä\\ b.txt ", cursor: 24 });
});

test("a cursor within a character is taken for one before it", async () => {
  const cursors: number[] = [];
  await completions("😀", 1, async ({ cursor }) => {
    cursors.push(cursor);
    return null;
  });
  expect(cursors).toEqual([0]);
});

test("a word that goes on, or is followed by something, gets no blank", () => {
  const folder: Completion = { text: "dir/", display: "dir/", kind: "folder", open: true };
  expect(accept("cd d", { from: 3, to: 4 }, folder)).toEqual({ line: "cd dir/", cursor: 7 });
  expect(accept("cat a; ls", { from: 4, to: 5 }, file)).toEqual({ line: "cat ä\\ b.txt; ls", cursor: 12 });
});

test("nothing is told where the server refuses or nobody answers", async () => {
  const refusal = { result: "error", code: "bad-line", message: "No." } as const;
  expect(await completions("a", 1, async () => refusal)).toBeNull();
  expect(await completions("a", 1, async () => null)).toBeNull();
});
