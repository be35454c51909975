import { expect, test } from "vitest";
import { tokenProblem } from "./kept";

test("a token in its form has no problem", () => {
  expect(tokenProblem(`ph1_${"aZ9_-".repeat(10)}`)).toBeNull();
});

test.each(["", "hunter2", "ph2_abc", "ph1_abc", `ph1_${"a".repeat(40)}!`, `ph1_${"a".repeat(20)} ${"a".repeat(20)}`])(
  "%j is told apart before anybody is asked",
  (text) => expect(tokenProblem(text)).toMatch(/\.$/),
);
