import { describe, expect, test } from "vitest";
import type { PipeDescription } from "../../protocol";
import { Marks, unitOffsets } from "./marks";

const byteOffset = (text: string, at: number) => new TextEncoder().encode(text.slice(0, at)).length;

/** Every bar outside of double quotes; nothing where a quote is open. */
function pipesOf(text: string): PipeDescription[] {
  if ((text.split('"').length - 1) % 2) return [];
  const pipes: PipeDescription[] = [];
  for (const { 0: op, index } of text.matchAll(/"[^"]*"|\|&?/g)) {
    if (op.startsWith("|")) pipes.push({ index: pipes.length, offset: byteOffset(text, index), op });
  }
  return pipes;
}

function setUp() {
  const asked: { text: string; answer: (pipes: PipeDescription[] | null) => void }[] = [];
  const marks = new Marks((text) => new Promise((answer) => asked.push({ text, answer })), () => {});
  /** Answers everything that is asked until nothing is. */
  const answer = async () => {
    while (asked.length) {
      const { text, answer } = asked.shift()!;
      answer(pipesOf(text));
      await new Promise((resolve) => setTimeout(resolve));
    }
  };
  const type = async (text: string) => {
    marks.edit(text);
    await answer();
  };
  return { marks, asked, answer, type };
}

const signs = { off: "", watch: "*", hold: "=" };
const shown = (marks: Marks) => marks.marks.map(({ at, mode }) => `${signs[mode]}${at}`).join(" ");

describe("marks", () => {
  test("are where the pipes are, also behind what is longer in UTF-8", async () => {
    const { marks, type } = setUp();
    await type("echo é 😀 | wc |& cat");
    expect(marks.marks).toEqual([
      { index: 0, at: 10, op: "|", mode: "off" },
      { index: 1, at: 15, op: "|&", mode: "off" },
    ]);
    expect(unitOffsets("é😀|", [0, 2, 6, 7])).toEqual([0, 1, 3, 4]);
  });

  test("move along at once while one types, before anybody answers", async () => {
    const { marks, type } = setUp();
    await type("ls | grep a | wc");
    marks.cycle(1);
    marks.edit("ls -l | grep a | wc");
    expect(shown(marks)).toBe("6 *15");
    marks.edit("ls -l | wc");
    expect(shown(marks)).toBe("6");
  });

  test("of breakpoints stay with their pipe, whatever is typed around it", async () => {
    const { marks, type } = setUp();
    await type("ls | wc");
    expect(marks.cycle(0)).toBe("watch");
    await type("cat é | ls | wc");
    expect(shown(marks)).toBe("6 *11");
    expect(marks.breakpoints).toEqual([1]);
    await type("ls | wc");
    await type("ls | wc -l");
    expect(marks.breakpoints).toEqual([0]);
    await type("ls  wc -l");
    await type("ls | wc -l");
    expect(marks.breakpoints).toEqual([]);
  });

  test("of pipes are watched, then held, then left alone, and come back as they were", async () => {
    const { marks, answer, type } = setUp();
    await type("a | b | c");
    expect([marks.cycle(0), marks.cycle(1), marks.cycle(1)]).toEqual(["watch", "watch", "hold"]);
    expect(marks.breakpoints).toEqual([0, { location: 1, mode: "hold" }]);
    await type("x | a | b | c");
    expect(shown(marks)).toBe("2 *6 =10");
    marks.remember("x | a | b | c", marks.breakpoints);
    expect([marks.cycle(1), marks.cycle(1), marks.cycle(2)]).toEqual(["hold", "off", "off"]);
    expect(marks.breakpoints).toEqual([]);
    await type("");
    marks.recall("x | a | b | c");
    await answer();
    expect(shown(marks)).toBe("2 *6 =10");
  });

  test("of breakpoints outlast a quote that is open while its text is typed", async () => {
    const { marks, type } = setUp();
    await type("ls | grep x");
    marks.cycle(0);
    await type('ls | grep "x');
    expect(shown(marks)).toBe("");
    await type('ls | grep "x"');
    expect(shown(marks)).toBe("*3");
  });

  test("are asked for one text at a time, and the answer to an older text is dropped", async () => {
    const { marks, asked, answer } = setUp();
    marks.edit("a | b");
    marks.edit("a | b |");
    marks.edit("a | b | c");
    expect(asked.map(({ text }) => text)).toEqual(["a | b"]);
    asked.shift()!.answer([{ index: 0, offset: 4, op: "|" }]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(shown(marks)).toBe("");
    expect(asked.map(({ text }) => text)).toEqual(["a | b | c"]);
    await answer();
    expect(shown(marks)).toBe("2 6");
  });

  test("are not asked for where the text has no bar, and stay where nobody answers", async () => {
    const { marks, asked, type } = setUp();
    await type("ls");
    marks.edit("ls | wc");
    expect(asked).toHaveLength(1);
    await type("ls | wc");
    await new Promise((resolve) => setTimeout(resolve));
    marks.edit("ls | wc -l");
    asked.pop()!.answer(null);
    await marks.settle;
    expect(shown(marks)).toBe("3");
  });

  test("are settled before a command runs, so that no index is of an older text", async () => {
    const { marks, asked, type } = setUp();
    await type("a | b");
    marks.cycle(0);
    marks.edit("x | a | b");
    const settled = marks.settle();
    asked.shift()!.answer(pipesOf("x | a | b"));
    await settled;
    expect(marks.breakpoints).toEqual([1]);
  });

  test("come back with a command from the history as it ran last, and are bounded", async () => {
    const { marks, answer, type } = setUp();
    await type("a | b");
    marks.cycle(0);
    marks.remember("a | b", marks.breakpoints);
    await type("");
    marks.recall("a | b");
    await answer();
    expect(marks.breakpoints).toEqual([0]);
    await type("a|".repeat(12));
    expect(Array.from({ length: 12 }, (_, at) => marks.cycle(at)).filter(Boolean)).toHaveLength(10);
    expect(marks.cycle(12)).toBeNull();
  });

  test("near the caret are the last before it, else the first", async () => {
    const { marks, type } = setUp();
    expect(marks.near(0)).toBe(-1);
    await type("a | b | c");
    expect([0, 3, 9].map((place) => marks.near(place))).toEqual([0, 0, 1]);
  });
});
