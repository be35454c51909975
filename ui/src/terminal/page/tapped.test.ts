import { describe, expect, test } from "vitest";
import { Command, type StageCount, Taps } from "../../protocol";
import { flowOf, heldPipe, plainHtml, sentence, shownOf } from "./tapped";

const count = (part: Partial<StageCount> = {}): StageCount => ({
  location: 0, run: 0, bytes: 0, stderrBytes: 0, rate: 0, dropped: 0, ended: false, ...part,
});

function runWith(data: string, part: Partial<StageCount>) {
  const taps = new Taps();
  taps.apply({ chunks: [{ stream: "stdout", data, location: 0, run: 0 }] }, [count(part)]);
  return taps.at(0)?.runs[0];
}

describe("the flow through a pipe", () => {
  test("is counted in lines, bytes and their rate, and says what was too fast", () => {
    const flow = flowOf(runWith("a\nb\n", { bytes: 2_500_000, rate: 900_000, stderrBytes: 12, dropped: 4000 }), true);
    expect(flow).toEqual({
      state: "flowing", word: "flowing", brief: "2.5 MB",
      facts: ["2+ lines", "2.5 MB", "900.0 kB/s", "12 B of errors", "4.0 kB too fast to show"],
    });
  });

  test("has no rate where little came", () => {
    expect(flowOf(runWith("a\n", { bytes: 2, rate: 500 }), true).facts).toEqual(["1 line", "2 B"]);
  });

  test("has none where all came at once", () => {
    expect(flowOf(runWith("a\n", { bytes: 219_000, rate: 0 }), true).facts).toEqual(["1 line", "219.0 kB"]);
  });

  test.each([
    [{}, true, "flowing", "flowing"],
    [{}, false, "ended", "ended"],
    [{ held: true, waiting: 7 }, true, "held", "held"],
    [{ held: true, ended: true, status: 0, waiting: 7 }, true, "held", "held"],
    [{ held: true }, false, "ended", "ended"],
    [{ ended: true }, true, "ended", "ended"],
    [{ ended: true, status: 0 }, true, "ended", "exit 0"],
    [{ ended: true, status: 2 }, true, "failed", "exit 2"],
    [{ ended: true, status: 141 }, true, "ended", "SIGPIPE"],
    [{ ended: true, status: 137 }, true, "failed", "SIGKILL"],
  ] as const)("with %o while it runs: %s is %s: %s", (part, live, state, word) => {
    expect(flowOf(runWith("", part), live)).toMatchObject({ state, word });
  });

  test("that is held says how much waits, for as long as its command runs", () => {
    const run = runWith("a\nb\n", { bytes: 4, held: true, waiting: 4000 });
    expect(flowOf(run, true)).toMatchObject({ brief: "4.0 kB", facts: ["4.0 kB waiting", "2 lines", "4 B"] });
    expect(flowOf(run, false)).toMatchObject({ brief: "4 B", facts: ["2 lines", "4 B"] });
    expect(flowOf(undefined, true, undefined, true).word).toBe("held");
    expect(flowOf(undefined, false, undefined, true).word).toBe("nothing came");
  });

  test("is none before the first byte, and none where the pipe cannot be watched", () => {
    expect(flowOf(undefined, true)).toMatchObject({ state: "waiting", brief: "" });
    expect(flowOf(undefined, false).word).toBe("nothing came");
    expect(flowOf(undefined, true, { location: 0, result: "error", message: "why" }).state).toBe("unavailable");
  });
});

describe("the pipe that a key is for", () => {
  test("is the last held one where something waits, else the first that is held", () => {
    const breakpoints = [0, 1, 2].map((location) => ({ location, result: "ok" as const }));
    const options = { format: "html", streams: "exact", breakpoints: [0, { location: 1, mode: "hold" }, 2] } as const;
    const command = new Command({
      command: "a | b | c | d", clientId: 1, phase: "running", breakpoints,
      options: { ...options, breakpoints: [...options.breakpoints] },
    });
    const told = (...counts: Partial<StageCount>[]) => command.taps.apply({ chunks: [] }, counts.map(count));
    expect(heldPipe(command)).toBe(1);
    told({ location: 0, held: true, waiting: 9 }, { location: 1, held: true }, { location: 2 });
    expect(heldPipe(command)).toBe(0);
    told({ location: 1, held: true, waiting: 2 });
    expect(heldPipe(command)).toBe(1);
    told({ location: 0 }, { location: 1 });
    expect(heldPipe(command)).toBeUndefined();
  });
});

describe("output of a screen in a panel", () => {
  test("has neither escapes nor markup", () => {
    expect(plainHtml("\x1b[1;31mred\x1b[0m \x1b]0;title\x07<b>&\r\n\x1b(Bok\t")).toBe("red &lt;b>&amp;\nok\t");
  });
});

test("of both streams one is shown alone, its unfinished line too", () => {
  const taken = {
    pieces: [{ stream: "stdout", data: "a\n" }, { stream: "stderr", data: "no\n" }] as const,
    lines: { stdout: "b", stderr: "n" },
    droppedLines: 0,
  };
  const all = { ...taken, pieces: [...taken.pieces] };
  expect(shownOf(all, "both")).toBe(all);
  expect(shownOf(all, "stderr")).toEqual({ pieces: [{ stream: "stderr", data: "no\n" }], lines: { stdout: "", stderr: "n" }, droppedLines: 0 });
  expect(shownOf(all, "stdout").lines).toEqual({ stdout: "b", stderr: "" });
});

test("what the server says of a breakpoint is a sentence", () => {
  expect(sentence("the pipe is in a function")).toBe("The pipe is in a function.");
  expect(sentence("Whole.")).toBe("Whole.");
});
