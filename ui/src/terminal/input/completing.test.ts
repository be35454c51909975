import { expect, test } from "vitest";
import type { Completions } from "../../protocol";
import { Completing, type Shown } from "./completing";

/** A shell that knows these words; its answers come when they are let go. */
function shell(...words: string[]) {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  let shown: Shown | null = null;
  let held = false;
  const ask = async (line: string, caret: number): Promise<Completions> => {
    asked.push(line);
    if (held) await new Promise<void>((go) => waiting.push(go));
    const before = line.slice(0, caret);
    const begin = before.lastIndexOf(" ") + 1;
    const completions = words
      .filter((word) => word.startsWith(before.slice(begin)))
      .map((text) => ({ text, display: text, kind: "file" as const, ...(text.endsWith("/") ? { open: true } : {}) }));
    return { from: begin, to: caret, completions, cut: false, source: "shell" };
  };
  const completing = new Completing(ask, (now) => (shown = now));
  return {
    asked,
    completing,
    texts: () => (shown as Shown | null)?.items.map(({ text }) => text) ?? null,
    hold: () => (held = true),
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
