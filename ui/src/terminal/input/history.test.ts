import { describe, expect, test } from "vitest";
import { History } from "./history";

function filled(...commands: string[]): History {
  const history = new History();
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

  test("of what the server knows comes before what was run meanwhile, and is bounded", () => {
    const history = filled("here");
    history.seed(["a", "here", "b"]);
    expect(history.older("")).toBe("here");
    expect(history.older("here")).toBe("b");
    expect(history.older("b")).toBe("a");
    expect(history.older("a")).toBeNull();
    history.seed(Array.from({ length: 5000 }, (_, at) => `old ${at}`));
    expect(history.older("old")).toBe("old 4999");
    for (let at = 0; at < 2000; at += 1) history.older("old");
    expect(history.newer()).not.toBe("old 1");
  });

  test("can be forgotten, one command or all", () => {
    const history = filled("one", "two", "one");
    history.remove("one");
    expect(history.older("")).toBe("two");
    expect(history.older("two")).toBeNull();
    history.clear();
    expect(history.older("")).toBeNull();
  });
});
