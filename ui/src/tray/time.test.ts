import { expect, test } from "vitest";
import { lastLines, since } from "./time";

test("how long ago a moment is", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");
  const ago = (seconds: number) => since(new Date(now - seconds * 1000).toISOString(), now);
  expect([1, 42, 240, 7300, 200_000].map(ago)).toEqual(["now", "42 s", "4 min", "2 h", "2 d"]);
  expect(since("", now)).toBe("");
});

test("the last lines that say something", () => {
  expect(lastLines("a\n\nb  \nc\n\n", 2)).toBe("b\nc");
});
