import { expect, test } from "vitest";
import type { HistoryAnswer, HistoryRequest } from "../../protocol";
import { ago, earlierCommands, idsOf, matched } from "./earlier";

const entry = (id: number, command: string) => ({ id, command, begin: "", end: "" });

test("the arrow keys come to this session's commands first", async () => {
  const ask = async ({ sessionOnly }: HistoryRequest): Promise<HistoryAnswer> => ({
    session: 1,
    commands: (sessionOnly ? ["mine", "first"] : ["other", "mine", "old"]).map((command, id) => entry(id, command)),
  });
  expect(await earlierCommands(ask)).toEqual({ commands: ["old", "other", "first", "mine"], session: 1 });
  expect(await earlierCommands(() => Promise.reject(new Error("away")))).toEqual({ commands: [], session: null });
});

test("a text that is forgotten is looked for to the end, and only it", async () => {
  const asked: HistoryRequest[] = [];
  const ids = await idsOf(async (ask) => {
    asked.push(ask);
    const commands = ask.before ? [entry(3, "ls")] : [entry(9, "ls"), entry(8, "ls -l")];
    return { session: 1, commands, ...(ask.before ? {} : { before: "8" }) };
  }, entry(9, "ls"));
  expect(ids).toEqual([9, 3]);
  expect(asked).toHaveLength(2);
});

test("times are told as one remembers them", () => {
  const now = Date.parse("2026-01-02T12:00:00Z");
  expect(ago("2026-01-02T11:59:30Z", now)).toBe("just now");
  expect(ago("2026-01-02T09:00:00Z", now)).toBe("3 h ago");
  expect(ago("2026-01-01T10:00:00Z", now)).toBe("yesterday");
  expect(ago("", now)).toBe("");
});

test("what was looked for is marked, and case counts where it was written", () => {
  expect(matched("Git git", "git")).toEqual(["", "Git", " ", "git", ""]);
  expect(matched("Git git", "Git")).toEqual(["", "Git", " git"]);
  expect(matched("ls", "")).toEqual(["ls"]);
});
