import { describe, expect, test } from "vitest";
import { restAfter, stagesOf } from "./stages";

const pipe = (index: number, offset: number, op = "|") => ({ index, offset, op });

/** The rest after the first bar, which is the only one that these texts are asked for. */
const rest = (command: string) => restAfter(command, pipe(0, command.indexOf("|")));

describe("stages", () => {
  test("are what stands between the pipes", () => {
    expect(stagesOf("é  | b\n c |& d", [pipe(0, 4), pipe(1, 11, "|&")])).toEqual(["é", "b c", "d"]);
    expect(stagesOf("ls", [])).toEqual(["ls"]);
  });
});

describe("the rest after a pipe", () => {
  test.each([
    ["a | b | c", "b | c"],
    ["a | b > x && echo done", "b > x && echo done"],
    ["for f in *; do cat $f | sort; done | uniq", "sort"],
    ["for f in *; do cat $f | while read x; do echo $x; done; done", "while read x; do echo $x; done"],
    ["if a | b; then c; fi", "b"],
    ["while a | b; do c; done", "b"],
    ["a | if b; then if c; then d; fi; fi | e", "if b; then if c; then d; fi; fi | e"],
    ["a | echo for x; b", "echo for x; b"],
    ["{ a | b; } | c", "b"],
    ["x=$(a | b) c", "b"],
    ["x=`a | b` c", "b"],
    ["a | (b; c) | d", "(b; c) | d"],
    ["a | grep ')' | sed 's/}/x/'", "grep ')' | sed 's/}/x/'"],
    ["a | echo done", "echo done"],
    ["a | b `c` d", "b `c` d"],
    ["a | grep \\) x", "grep \\) x"],
    ["a | awk '{ print $1 }' &", "awk '{ print $1 }'"],
  ])("of %s is %s", (command, expected) => expect(rest(command)).toBe(expected));

  test("begins after the whole operator", () => {
    expect(restAfter("é |& c", pipe(0, 3, "|&"))).toBe("c");
  });
});
