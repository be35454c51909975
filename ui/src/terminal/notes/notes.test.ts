import { expect, test } from "vitest";
import { Notes } from "./notes.svelte";

test("notes on a session, a command and a pipe are different ones, and an empty text takes one away", async () => {
  const asked: unknown[] = [];
  const notes = new Notes((async (type: string, payload: object) => {
    asked.push([type, payload]);
    if (type === "notes") return { notes: [{ text: "on all", changed: "" }, { text: "on one", changed: "", serverId: 1 }] };
    return { ...payload, changed: "", deleted: true };
  }) as never);
  await notes.load();
  expect([notes.at({}), notes.at({ serverId: 1 }), notes.at({ serverId: 1, location: 0 })]).toEqual(["on all", "on one", ""]);
  await notes.write({ serverId: 1, location: 0 }, "on a pipe");
  expect(notes.at({ serverId: 1, location: 0 })).toBe("on a pipe");
  await notes.write({ serverId: 1 }, "  ");
  expect(notes.at({ serverId: 1 })).toBe("");
  expect(asked.at(-1)).toEqual(["deleteNote", { serverId: 1 }]);
  notes.changed({ changed: "", text: "elsewhere" });
  expect(notes.at({})).toBe("elsewhere");
});
