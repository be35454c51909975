// @vitest-environment jsdom

import { beforeEach, describe, expect, test } from "vitest";
import { OutputLog } from "../../protocol";
import { Drawing } from "./drawing";

let root: HTMLElement;

beforeEach(() => {
  root = document.createElement("div");
  document.body.replaceChildren(root);
});

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${from + at}\n`).join("");

describe("drawing", () => {
  test("appends what is finished and replaces the unfinished line", () => {
    const drawing = new Drawing(root);
    const log = new OutputLog();
    for (const [data, line] of [["start\n", "10 %"], ["", "50 %"], ["done\n", "> "]] as const) {
      log.apply({ chunks: [{ stream: "stdout", data, line }] });
      drawing.draw(log.take());
    }
    expect(drawing.text()).toBe("start\ndone\n> ");
  });

  test("keeps the unfinished line of one stream below what the other finishes", () => {
    const drawing = new Drawing(root);
    const log = new OutputLog();
    log.apply({ chunks: [{ stream: "stdout", data: "", line: "name? " }] });
    drawing.draw(log.take());
    log.apply({ chunks: [{ stream: "stderr", data: "warning\n", line: "half" }] });
    drawing.draw(log.take());
    expect(root.textContent).toBe("warning\nname? half");
    expect(root.querySelectorAll(".err")).toHaveLength(2);
    expect(root.querySelector(".tail")?.textContent).toBe("name? ");
  });

  test("takes the unfinished lines of both streams along to a new page", () => {
    const drawing = new Drawing(root);
    const shown = { stdout: "out", stderr: "err" };
    drawing.draw({ pieces: [{ stream: "stdout", data: "1\n" }], lines: shown, droppedLines: 0 });
    drawing.draw({ pieces: [{ stream: "stdout", data: lines(2, 500) }], lines: shown, droppedLines: 0 });
    expect(root.children.length).toBeGreaterThan(2);
    expect(drawing.text()).toBe(`1\n${lines(2, 500)}outerr`);
    drawing.draw({ pieces: [], lines: { stdout: "", stderr: "err" }, droppedLines: 0 });
    drawing.draw({ pieces: [], lines: shown, droppedLines: 0 });
    drawing.draw({ pieces: [{ stream: "stderr", data: lines(0, 300) }], lines: shown, droppedLines: 0 });
    expect(drawing.text().endsWith("299\nerrout")).toBe(true);
  });

  test("keeps the newest lines only, and counts the rest", () => {
    const drawing = new Drawing(root, 1000);
    const log = new OutputLog();
    for (let from = 0; from < 5000; from += 37) {
      log.apply({ chunks: [{ stream: "stdout", data: lines(from, from + 37) }] });
      drawing.draw(log.take());
    }
    const kept = drawing.text().split("\n").filter(Boolean);
    expect(kept.length).toBeGreaterThanOrEqual(800);
    expect(kept.length).toBeLessThanOrEqual(1000);
    expect(kept.at(-1)).toBe("5031");
    expect(Number(kept[0])).toBe(drawing.droppedLines);
    expect(root.children.length).toBeLessThanOrEqual(6);
  });

  test("cuts a long text into pages at the ends of lines, and loses none of it", () => {
    const drawing = new Drawing(root);
    const text = lines(0, 1234);
    drawing.draw({ pieces: [{ stream: "stdout", data: text }], lines: { stdout: "", stderr: "" }, droppedLines: 0 });
    expect(drawing.text()).toBe(text);
    const pages = [...root.children].map((page) => page.textContent ?? "");
    expect(pages.length).toBeGreaterThan(5);
    for (const page of pages.slice(0, -1)) expect(page.endsWith("\n")).toBe(true);
  });

  test("goes on in the same line where output had no line end", () => {
    const drawing = new Drawing(root);
    for (const data of ["a", "b", "c\n"]) {
      drawing.draw({ pieces: [{ stream: "stdout", data }], lines: { stdout: "", stderr: "" }, droppedLines: 0 });
    }
    expect(root.children).toHaveLength(1);
    expect(drawing.text()).toBe("abc\n");
  });

  test("begins anew where all of it comes again", () => {
    const drawing = new Drawing(root, 400);
    const log = new OutputLog();
    log.apply({ chunks: [{ stream: "stdout", data: lines(0, 900) }, { stream: "stderr", data: "oh\n", line: "half" }] });
    drawing.draw(log.take());
    expect(drawing.droppedLines).toBeGreaterThan(0);
    log.reset();
    log.apply({ chunks: [{ stream: "stdout", data: "again\n", line: "and" }] });
    drawing.draw(log.take());
    expect(root.textContent).toBe("again\nand");
    expect(drawing.droppedLines).toBe(0);
    log.apply({ chunks: [{ stream: "stdout", data: "more\n" }] });
    drawing.draw(log.take());
    expect(root.textContent).toBe("again\nmore\n");
  });
});
