// What xterm.js, which shows full-screen programs in the page, makes of recorded bytes, cell by cell. It is kept beside
// the recordings, and the engine's own tests hold the rows that it draws in HTML against the same.
// UPDATE_EXPECTED=1 writes it anew; look at the difference before you keep it.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { JSDOM } from "jsdom";

const folder = fileURLToPath(new URL("../../src-tauri/crates/engine/tests/render/screens/", import.meta.url));
const recorded = readdirSync(folder).filter((name) => name.endsWith(".raw"));
const [cols, rows] = [80, 24];

// It asks for a window when it is loaded, and draws on none.
const { window } = new JSDOM("");
globalThis.window = globalThis.self = window;
globalThis.document = window.document;
const { Terminal } = createRequire(import.meta.url)("@xterm/xterm");

const hex = (colour) => `#${colour.toString(16).padStart(6, "0")}`;

/** The look of a cell, in the words of the engine's classes. */
function look(cell) {
  const foreground = cell.isFgRGB() ? `f${hex(cell.getFgColor())}` : cell.isFgPalette() ? `f${cell.getFgColor()}` : "";
  const background = cell.isBgRGB() ? `b${hex(cell.getBgColor())}` : cell.isBgPalette() ? `b${cell.getBgColor()}` : "";
  const set = [
    ["bold", cell.isBold()],
    ["dim", cell.isDim()],
    ["italic", cell.isItalic()],
    ["blink", cell.isBlink()],
    ["inverse", cell.isInverse()],
    ["strike", cell.isStrikethrough()],
    ["underline", cell.isUnderline()],
  ].filter(([, is]) => is);
  return [foreground, background, ...set.map(([name]) => name)].filter(Boolean).join(" ");
}

/** Runs of text of one look, without the blanks at the end that show nothing. */
function runsOf(line) {
  const runs = [];
  for (let column = 0; column < cols; column += 1) {
    const cell = line.getCell(column);
    if (cell.getWidth() === 0) continue;
    const [characters, its] = [cell.getChars() || " ", look(cell)];
    if (runs.at(-1)?.[1] === its) runs.at(-1)[0] += characters;
    else runs.push([characters, its]);
  }
  for (let last = runs.at(-1); last && !/\bb[\d#]|inverse|strike|underline/.test(last[1]); last = runs.at(-1)) {
    last[0] = last[0].trimEnd();
    if (last[0]) break;
    runs.pop();
  }
  return runs;
}

for (const name of recorded) {
  test(`xterm.js shows of ${name} what is kept of it`, async () => {
    const terminal = new Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    await new Promise((done) => terminal.write(readFileSync(folder + name), done));
    const buffer = terminal.buffer.active;
    const lines = Array.from({ length: rows }, (_, row) => `${JSON.stringify(runsOf(buffer.getLine(buffer.baseY + row)))}\n`);
    terminal.dispose();
    const expected = folder + name.replace(/raw$/, "cells");
    if (process.env.UPDATE_EXPECTED) writeFileSync(expected, lines.join(""));
    assert.equal(lines.join(""), readFileSync(expected, "utf8"));
  });
}

test("there are recordings", () => assert.ok(recorded.length >= 8));
