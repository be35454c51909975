import { describe, expect, test } from "vitest";
import type { StageCount } from "./generated";
import { start, Taps } from "./taps";

const chunk = (location: number, data: string, part: object = {}) => ({ stream: "stdout" as const, location, data, ...part });
const count = (part: Partial<StageCount>): StageCount => ({
  location: 0, run: 0, bytes: 0, stderrBytes: 0, rate: 0, dropped: 0, ended: false, ...part,
});
const text = (taken: { pieces: { data: string }[] }) => taken.pieces.map(({ data }) => data).join("");

describe("taps", () => {
  test("keep pipes, runs and streams apart", () => {
    const taps = new Taps();
    taps.apply({ chunks: [
      { stream: "stdout", data: "no tap" },
      chunk(0, "a\n"), chunk(1, "b\n", { run: 0 }), chunk(0, "again\n", { run: 1 }),
      chunk(0, "oops\n", { stream: "stderr", line: "half" }),
    ] });
    expect(taps.at(0)?.runs.map(({ run, lines }) => [run, lines])).toEqual([[0, 2], [1, 1]]);
    expect(taps.at(0)?.runs[0]?.since(start())).toEqual({
      pieces: [{ stream: "stdout", data: "a\n" }, { stream: "stderr", data: "oops\n" }],
      lines: { stdout: "", stderr: "half" }, droppedLines: 0,
    });
    expect(text(taps.at(1)!.runs[0]!.since(start()))).toBe("b\n");
    expect(taps.at(2)).toBeUndefined();
  });

  test("give a reader what is new, and another everything", () => {
    const taps = new Taps();
    const reader = start();
    taps.apply({ chunks: [chunk(0, "a\n")] });
    const run = taps.at(0)!.runs[0]!;
    expect(text(run.since(reader))).toBe("a\n");
    taps.apply({ chunks: [chunk(0, "b\n")] });
    expect(text(run.since(reader))).toBe("b\n");
    expect(text(run.since(reader))).toBe("");
    expect(text(run.since(start()))).toBe("a\nb\n");
  });

  test("are bounded, and tell a reader how many lines it missed", () => {
    const taps = new Taps();
    const reader = start();
    const line = `${"x".repeat(99)}\n`;
    for (let at = 0; at < 3; at += 1) taps.apply({ chunks: [chunk(0, line)] });
    const run = taps.at(0)!.runs[0]!;
    run.since(reader);
    for (let at = 0; at < 40_000; at += 1) taps.apply({ chunks: [chunk(0, line)] });
    expect(run.size).toBeLessThanOrEqual(1 << 20);
    expect(run.lines).toBe(40_003);
    const taken = run.since(reader);
    expect(taken.droppedLines + text(taken).length / 100).toBe(40_000);
    for (let at = 1; at < 500; at += 1) taps.apply({ chunks: [chunk(0, line.repeat(9000), { run: at })] });
    const { runs } = taps.at(0)!;
    expect(runs).toHaveLength(64);
    expect(runs.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(5 << 20);
    expect(text(runs.at(-1)!.since(start()))).toHaveLength(900_000);
  });

  test("know the counts of each run, until all of it comes again", () => {
    const taps = new Taps();
    taps.apply({ chunks: [chunk(0, "a\n", { line: "b" })] }, [count({ bytes: 3 }), count({ run: 1, bytes: 9, ended: true })]);
    expect(taps.at(0)?.runs.map(({ count }) => count?.bytes)).toEqual([3, 9]);
    const before = taps.at(0)?.runs[0];
    taps.reset();
    taps.apply({ chunks: [chunk(0, "a\n")] });
    expect(taps.at(0)?.runs).toHaveLength(1);
    expect(taps.at(0)?.runs[0]).not.toBe(before);
  });
});
