import { describe, expect, test } from "vitest";
import { type StageCount, Taps } from "../../protocol";
import { flowOf, plainHtml } from "./tapped";

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

  test.each([
    [{}, true, "flowing", "flowing"],
    [{}, false, "ended", "ended"],
    [{ ended: true }, true, "ended", "ended"],
    [{ ended: true, status: 0 }, true, "ended", "exit 0"],
    [{ ended: true, status: 2 }, true, "failed", "exit 2"],
    [{ ended: true, status: 141 }, true, "ended", "SIGPIPE"],
    [{ ended: true, status: 137 }, true, "failed", "SIGKILL"],
  ] as const)("with %o while it runs: %s is %s: %s", (part, live, state, word) => {
    expect(flowOf(runWith("", part), live)).toMatchObject({ state, word });
  });

  test("is none before the first byte, and none where the pipe cannot be watched", () => {
    expect(flowOf(undefined, true)).toMatchObject({ state: "waiting", brief: "" });
    expect(flowOf(undefined, false).word).toBe("nothing came");
    expect(flowOf(undefined, true, { location: 0, result: "error", message: "why" }).state).toBe("unavailable");
  });
});

describe("output of a screen in a panel", () => {
  test("has neither escapes nor markup", () => {
    expect(plainHtml("\x1b[1;31mred\x1b[0m \x1b]0;title\x07<b>&\r\n\x1b(Bok\t")).toBe("red &lt;b>&amp;\nok\t");
  });
});
