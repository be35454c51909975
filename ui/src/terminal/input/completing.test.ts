import { expect, test } from "vitest";
import type { Completions } from "../../protocol";
import { Completing, type Shown } from "./completing";

/** A shell that knows these words; its answers come when they are let go. */
function shell(...words: string[]) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let shown: Shown | null = null;
  let held = false;
  let guesses: string[][] = [];
  const ask = async (line: string, caret: number): Promise<Completions> => {
    asked.push(line);
    if (held) await new Promise<void>((go) => waiting.push(go));
    const guess = guesses.shift();
    const before = line.slice(0, caret);
    const begin = before.lastIndexOf(" ") + 1;
    const completions = (guess ?? words)
      .filter((word) => word.startsWith(before.slice(begin)))
      .map((text) => ({ text, display: text, kind: "file" as const, ...(text.endsWith("/") ? { open: true } : {}) }));
    return { from: begin, to: caret, completions, cut: false, source: guess ? "fallback" : "shell", ...(guess ? { late: true } : {}) };
  };
  const completing = new Completing(ask, (now) => (shown = now), { again: 3, pause: async () => {} });
  return {
    asked,
    completing,
    texts: () => (shown as Shown | null)?.items.map(({ text }) => text) ?? null,
    hold: () => (held = true),
    /** The shell has no time for so many questions: files are named in its place. */
    guess: (...named: string[][]) => (guesses = named),
    go: async () => {
      held = false;
      for (const go of waiting.splice(0)) go();
      await new Promise((resolve) => setTimeout(resolve));
    },
  };
}

const at = (text: string, caret = text.length) => ({ text, caret });

test("what is clear is completed, with a blank where the word cannot go on", async () => {
  const { completing, asked } = shell("alpha.txt", "folder/");
  expect(await completing.start(at("é al"))).toEqual({ outcome: "completed", line: at("é alpha.txt ") });
  expect(asked).toEqual(["é al"]);
  expect((await completing.start(at("cd f"))).line).toEqual(at("cd folder/"));
  expect((await completing.start(at("cat al > b", 6))).line).toEqual(at("cat alpha.txt > b", 13));
});

test("what is not clear is completed as far as it is, and listed", async () => {
  const { completing, texts } = shell("alpha.txt", "alpine.txt", "beta");
  expect(await completing.start(at("cat a"))).toEqual({ outcome: "listed", line: at("cat alp") });
  expect(texts()).toEqual(["alpha.txt", "alpine.txt"]);
  completing.move(-1);
  expect(completing.accept()).toEqual(at("cat alpine.txt "));
  expect(texts()).toBeNull();
});

test("what is written on goes on filtering at once, before the shell has answered again", async () => {
  const { completing, texts, hold, go } = shell("one", "two", "three");
  await completing.start(at("x "));
  expect(texts()).toEqual(["one", "two", "three"]);
  hold();
  completing.edit(at("x t"));
  completing.edit(at("x th"));
  expect(texts()).toEqual(["three"]);
  completing.edit(at("x t"));
  expect(texts()).toEqual(["two", "three"]);
  await go();
  expect(texts()).toEqual(["two", "three"]);
});

test("an answer that comes too late changes nothing", async () => {
  const { completing, texts, hold, go } = shell("one", "two");
  hold();
  const started = completing.start(at("x "));
  completing.edit(at("x y z"));
  await go();
  expect(await started).toEqual({ outcome: "late" });
  expect(texts()).toBeNull();
});

test("the list closes where the word ends or is left", async () => {
  const { completing, texts } = shell("one", "two");
  for (const line of [at("x o "), at("y"), at("x o", 1)]) {
    await completing.start(at("x "));
    expect(texts()).toHaveLength(2);
    completing.edit(line);
    expect(texts()).toBeNull();
  }
});

test("nothing found and nobody there are told apart", async () => {
  expect((await shell("one").completing.start(at("zzz"))).outcome).toBe("nothing");
  const away = new Completing(() => Promise.resolve(null), () => {});
  expect((await away.start(at("o"))).outcome).toBe("unreachable");
});

test("a shell that has not told in time is asked again before anything is taken or said not to be there", async () => {
  const { completing, asked, guess } = shell("frobnicate");
  guess([], ["frob.txt"]);
  expect(await completing.start(at("frob"))).toEqual({ outcome: "completed", line: at("frobnicate ") });
  expect(asked).toEqual(["frob", "frob", "frob"]);
});

test("what is known without the shell can be chosen while that is asked again", async () => {
  const { completing, texts, guess, hold, go } = shell("three", "two");
  guess(["tea", "tin"]);
  const started = completing.start(at("t"));
  hold();
  await new Promise((resolve) => setTimeout(resolve));
  expect(texts()).toEqual(["tea", "tin"]);
  await go();
  expect((await started).outcome).toBe("listed");
  expect(texts()).toEqual(["three", "two"]);

  guess(["tea", "tin"]);
  const again = completing.start(at("t"));
  hold();
  await new Promise((resolve) => setTimeout(resolve));
  completing.move(1);
  await go();
  expect((await again).outcome).toBe("listed");
  expect(completing.accept()).toEqual(at("tin "));
});

test("a shell that never tells is asked a few times, and what there is counts then", async () => {
  const { completing, asked, guess } = shell();
  guess(["tin"], ["tin"], ["tin"], ["tin"], ["tin"]);
  expect(await completing.start(at("t"))).toEqual({ outcome: "completed", line: at("tin ") });
  expect(asked).toHaveLength(4);
});
