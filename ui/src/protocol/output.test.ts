import { describe, expect, test } from "vitest";
import { OutputLog } from "./output";

describe("output", () => {
  test("of one stream is joined, and its unfinished line is the newest one", () => {
    const log = new OutputLog();
    log.apply({ chunks: [{ stream: "stdout", data: "a\n", line: "1 %" }] });
    log.apply({ chunks: [{ stream: "stdout", data: "", line: "2 %" }] });
    log.apply({ chunks: [{ stream: "stdout", data: "b\n", line: "3 %" }] });
    expect(log.take()).toEqual({
      pieces: [{ stream: "stdout", data: "a\nb\n" }],
      lines: { stdout: "3 %", stderr: "" },
      droppedLines: 0,
    });
    expect(log.take().pieces).toEqual([]);
  });

  test("loses its unfinished line when the next chunk has none", () => {
    const log = new OutputLog();
    log.apply({ chunks: [{ stream: "stdout", data: "", line: "99 %" }] });
    log.apply({ chunks: [{ stream: "stdout", data: "100 %\n" }] });
    expect(log.take()).toMatchObject({ pieces: [{ data: "100 %\n" }], lines: { stdout: "" } });
  });

  test("keeps the order of its streams, and the line of one while the other goes on", () => {
    const log = new OutputLog();
    log.apply({
      chunks: [
        { stream: "stdout", data: "out 1\n", line: "half" },
        { stream: "stderr", data: "err 1\n" },
        { stream: "stderr", data: "err 2\n" },
      ],
    });
    expect(log.take()).toMatchObject({
      pieces: [
        { stream: "stdout", data: "out 1\n" },
        { stream: "stderr", data: "err 1\nerr 2\n" },
      ],
      lines: { stdout: "half", stderr: "" },
    });
  });

  test("is understood without chunks too", () => {
    const log = new OutputLog();
    log.apply({ combined: "x\ny\n", stdin: "x\n", stdout: "x\n", stderr: "y\n" });
    expect(log.take().pieces).toEqual([{ stream: "stdout", data: "x\ny\n" }]);
  });

  test("that nobody takes is bounded, and what was dropped is counted", () => {
    const log = new OutputLog(1 << 20);
    const line = `${"x".repeat(1023)}\n`;
    for (let at = 0; at < 4096; at += 1) log.apply({ chunks: [{ stream: "stdout", data: line }] });
    const { pieces, droppedLines } = log.take();
    const kept = pieces.reduce((sum, { data }) => sum + data.length, 0);
    expect(kept).toBeLessThanOrEqual(1 << 20);
    expect(kept / 1024 + droppedLines).toBe(4096);
    expect(pieces.at(-1)?.data.endsWith(line)).toBe(true);
  });

  test("of a pipe is none of the command", () => {
    const log = new OutputLog();
    log.apply({ chunks: [{ stream: "stdout", location: 0, data: "inside\n", line: "in" }] });
    expect(log.take()).toMatchObject({ pieces: [], lines: { stdout: "" } });
  });
});

test("a screen is kept row by row until it is left", () => {
  const log = new OutputLog();
  const cursor = { row: 0, col: 0, visible: true };
  const screen = (more: object) => ({ chunks: [], screen: { cols: 9, rows: 2, lines: [], cursor, alternate: true, ...more } });
  log.apply(screen({ whole: true, lines: [{ row: 0, data: "one" }, { row: 1, data: "two" }] }));
  log.apply(screen({ lines: [{ row: 1, data: "TWO" }] }));
  expect(log.screen?.rows).toEqual(["one", "TWO"]);
  log.apply(screen({ rows: 3 }));
  expect(log.screen?.rows).toEqual(["one", "TWO", ""]);
  log.apply(screen({ whole: true, rows: 1, lines: [{ row: 0, data: "new" }] }));
  expect(log.screen?.rows).toEqual(["new"]);
  log.apply(screen({ closed: true }));
  expect(log.screen).toBeNull();
});

test("what is a replay is kept apart from what is new", () => {
  const log = new OutputLog();
  log.apply({ chunks: [{ stream: "stdout", data: "old" }] }, true);
  log.apply({ chunks: [{ stream: "stdout", data: "new" }] });
  expect(log.take().pieces).toEqual([{ stream: "stdout", data: "old", replay: true }, { stream: "stdout", data: "new" }]);
});
