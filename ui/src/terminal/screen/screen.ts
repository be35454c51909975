// Screen: an xterm.js terminal for one command that draws on the whole screen.

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { colour, ground, type Theme, toHex } from "../../look/palette";
import { onTheme, theme } from "../../look/theme";
import { onType } from "../../look/type";
import type { Size, Taken } from "../../protocol";
import { silence } from "./answering";
import { styleSpansByCssom, withConstructedSheets } from "./styles";

styleSpansByCssom();

const names = [
  "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
  "brightBlack", "brightRed", "brightGreen", "brightYellow", "brightBlue", "brightMagenta", "brightCyan", "brightWhite",
] as const;

export interface ScreenEvents {
  /** Keys, pastes and the terminal's answers to the program. */
  input(text: string): void;
  /** The same where it is no text: each unit is a byte. */
  inputBytes(letters: string): void;
  /** The screen has another number of cells. */
  size(size: Size): void;
  /** A key before the terminal has it; false keeps it from the terminal. */
  key(event: KeyboardEvent): boolean;
}

export class Screen {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #stop: (() => void)[] = [];
  /** What is drawn now asks what is not for this terminal to answer; see the protocol on screens. */
  #replaying = false;

  constructor(root: HTMLElement, font: { family: string; size: number }, events: ScreenEvents) {
    this.#terminal = new Terminal({
      allowProposedApi: false,
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: font.family,
      fontSize: font.size,
      // More would leave gaps in lines that are drawn from row to row.
      lineHeight: 1,
      minimumContrastRatio: 4.5,
      scrollback: 5000,
      theme: colours(theme()),
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.attachCustomKeyEventHandler((event) => !this.#copies(event) && events.key(event));
    withConstructedSheets(() => this.#terminal.open(root));
    silence(this.#terminal.parser, () => this.#replaying);
    this.#terminal.onData((text) => events.input(text));
    this.#terminal.onBinary((letters) => events.inputBytes(letters));
    this.#terminal.onResize((size) => events.size(size));
    this.#stop.push(onType(() => {
      const style = getComputedStyle(root);
      this.#terminal.options.fontFamily = style.fontFamily;
      this.#terminal.options.fontSize = Number.parseFloat(style.fontSize);
      this.fit();
    }));
    this.#stop.push(onTheme((current) => {
      this.#terminal.options.theme = colours(current);
    }));
  }

  get size(): Size {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Ctrl-C with something selected copies it, as everywhere on the page. */
  #copies(event: KeyboardEvent): boolean {
    return event.ctrlKey && event.key === "c" && this.#terminal.hasSelection();
  }

  /** Takes as many cells as there is room for. */
  fit(): void {
    this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** Whether the program asked for the other kind of arrow keys. */
  get applicationKeys(): boolean {
    return this.#terminal.modes.applicationCursorKeysMode;
  }

  /** Writes what came; `done` is called when it is on the screen. */
  write({ pieces, lines, anew }: Taken, done?: () => void): void {
    if (anew) this.#terminal.reset();
    for (const { data, bytes, replay = false } of pieces) {
      // The callbacks run in the order of what is drawn.
      this.#terminal.write("", () => {
        this.#replaying = replay;
      });
      this.#terminal.write(bytes ?? data, () => {
        this.#replaying = false;
      });
    }
    this.#terminal.write(lines.stdout + lines.stderr, done);
  }

  /** The text that is left on the ordinary screen, without what a full-screen program drew. */
  text(): string {
    const buffer = this.#terminal.buffer.normal;
    const lines: string[] = [];
    for (let at = 0; at < buffer.length; at += 1) {
      const line = buffer.getLine(at);
      if (!line) continue;
      if (line.isWrapped && lines.length) lines[lines.length - 1] += line.translateToString(true);
      else lines.push(line.translateToString(true));
    }
    return lines.join("\n").trimEnd();
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
    this.#terminal.dispose();
  }
}

function colours(current: Theme) {
  const { background, text, cursor, selection } = ground[current];
  return {
    background,
    foreground: text,
    cursor,
    cursorAccent: background,
    selectionBackground: selection,
    ...Object.fromEntries(names.map((name, index) => [name, toHex(colour(index, current))])),
  };
}
