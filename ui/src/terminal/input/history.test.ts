import { describe, expect, test } from "vitest";
import { History, type Store } from "./history";

function memory(first: Record<string, string> = {}): Store & { kept: Map<string, string> } {
  const kept = new Map(Object.entries(first));
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

function filled(...commands: string[]): History {
  const history = new History(memory());
  for (const command of commands) history.add(command);
  return history;
}

describe("history", () => {
  test("goes back, and forth again to the draft", () => {
    const history = filled("one", "two");
    expect(history.older("")).toBe("two");
    expect(history.older("two")).toBe("one");
    expect(history.older("one")).toBeNull();
    expect(history.newer()).toBe("two");
    expect(history.newer()).toBe("");
    expect(history.newer()).toBeNull();
  });

  test("shows only what begins like the draft, and gives the draft back", () => {
    const history = filled("git log", "ls", "git push", "cargo test");
    expect(history.older("git")).toBe("git push");
    expect(history.older("git push")).toBe("git log");
    expect(history.newer()).toBe("git push");
    expect(history.newer()).toBe("git");
  });

  test("keeps a repeated command once, and none that begins with a space", () => {
    const history = filled("ls", "ls", " secret", "   ");
    expect(history.older("")).toBe("ls");
    expect(history.older("ls")).toBeNull();
  });

  test("is bounded, and outlives the page", () => {
    const store = memory();
    const history = new History(store, 3);
    for (const command of ["a", "b", "c", "d", "e"]) history.add(command);
    const again = new History(store, 3);
    expect(again.older("")).toBe("e");
    expect(again.older("e")).toBe("d");
    expect(again.older("d")).toBe("c");
    expect(again.older("c")).toBeNull();
  });

  test("of two tabs is one", () => {
    const store = memory();
    const [left, right] = [new History(store), new History(store)];
    left.add("from the left");
    right.add("from the right");
    expect(new History(store).older("from")).toBe("from the right");
    expect(right.older("")).toBe("from the right");
    expect(right.older("from the right")).toBe("from the left");
  });

  test("lives with a store that is broken or full", () => {
    expect(new History(memory({ "porthole.history": "{" })).older("")).toBeNull();
    expect(new History(memory({ "porthole.history": '[1, "ls"]' })).older("")).toBe("ls");
    const full = { ...memory(), setItem: () => { throw new Error("full"); } };
    const history = new History(full);
    history.add("ls");
    expect(history.older("")).toBe("ls");
  });

  test("can be forgotten", () => {
    const store = memory();
    const history = new History(store);
    history.add("ls");
    history.clear();
    expect(history.older("")).toBeNull();
    expect(store.kept.size).toBe(0);
  });
});
