// Drawing: a command's output in the page, as pages of lines of which only the newest are kept.

import { type ChunkStream, countLines, type Taken } from "../../protocol";
import { parseOutput } from "./html";

const linesAPage = 200;

interface Page {
  element: HTMLElement;
  lines: number;
}

export class Drawing {
  readonly #root: HTMLElement;
  readonly #limit: number;
  #pages: Page[] = [];
  #tails: Record<ChunkStream, HTMLElement>;
  #lines = 0;
  /** Lines that are no longer shown. */
  droppedLines = 0;

  /** Draws into `root` and keeps about `limit` lines. */
  constructor(root: HTMLElement, limit = 20_000) {
    this.#root = root;
    this.#limit = limit;
    this.#tails = { stdout: tail("stdout"), stderr: tail("stderr") };
  }

  get empty(): boolean {
    return this.#pages.length === 0;
  }

  /** Appends what came, and shows the unfinished lines in place of the former ones. */
  draw({ pieces, lines, anew, droppedLines }: Taken): void {
    if (anew) this.#clear();
    this.droppedLines += droppedLines;
    for (const { stream, data } of pieces) this.#append(stream, data);
    this.#show("stdout", lines.stdout);
    this.#show("stderr", lines.stderr);
    this.#prune();
  }

  #clear(): void {
    for (const { element } of this.#pages) element.remove();
    for (const element of Object.values(this.#tails)) element.remove();
    this.#pages = [];
    this.#lines = 0;
    this.droppedLines = 0;
  }

  /** The output as plain text. */
  text(): string {
    return this.#pages.map(({ element }) => textOf(element)).join("");
  }

  #append(stream: ChunkStream, html: string): void {
    const fragment = parseOutput(html);
    for (const node of [...fragment.childNodes]) {
      if (node.nodeType === Node.TEXT_NODE) this.#appendText(stream, node.nodeValue ?? "");
      else this.#appendNode(stream, node, countLines(node.textContent ?? ""));
    }
  }

  #appendText(stream: ChunkStream, text: string): void {
    let start = 0;
    while (start < text.length) {
      const room = linesAPage - this.#page().lines;
      let end = start;
      let lines = 0;
      while (lines < room) {
        const next = text.indexOf("\n", end);
        if (next === -1) {
          end = text.length;
          break;
        }
        end = next + 1;
        lines += 1;
      }
      this.#appendNode(stream, document.createTextNode(text.slice(start, end)), lines);
      start = end;
    }
  }

  #appendNode(stream: ChunkStream, node: Node, lines: number): void {
    const page = this.#page();
    let shown = node;
    if (stream === "stderr") {
      const mark = document.createElement("span");
      mark.className = "err";
      mark.append(node);
      shown = mark;
    }
    page.element.insertBefore(shown, this.#firstTail());
    page.lines += lines;
    this.#lines += lines;
    if (page.lines >= linesAPage && node.textContent?.endsWith("\n")) this.#turn();
  }

  /** The first of the unfinished lines that are shown; they stand last in the last page. */
  #firstTail(): HTMLElement | null {
    const [one, other] = [this.#tails.stdout, this.#tails.stderr];
    if (!one.parentNode) return other.parentNode ? other : null;
    return one.previousSibling === other ? other : one;
  }

  #page(): Page {
    return this.#pages.at(-1) ?? this.#turn();
  }

  #turn(): Page {
    const full = this.#pages.at(-1);
    full?.element.style.setProperty("--lines", String(full.lines));
    const element = document.createElement("div");
    element.className = "page";
    const first = this.#firstTail();
    if (first?.nextSibling) element.append(first, first.nextSibling);
    else if (first) element.append(first);
    const page = { element, lines: 0 };
    this.#pages.push(page);
    this.#root.append(element);
    return page;
  }

  #show(stream: ChunkStream, html: string): void {
    const element = this.#tails[stream];
    if (!html) {
      element.remove();
      return;
    }
    element.replaceChildren(parseOutput(html));
    const { element: page } = this.#page();
    if (element.parentNode !== page) page.append(element);
  }

  #prune(): void {
    while (this.#lines > this.#limit && this.#pages.length > 1) {
      const oldest = this.#pages.shift();
      if (!oldest) return;
      oldest.element.remove();
      this.#lines -= oldest.lines;
      this.droppedLines += oldest.lines;
    }
  }
}

/** The text under an element; in place of a picture the words that the engine has for it. */
export function textOf(element: HTMLElement): string {
  if (!element.querySelector("img")) return element.textContent ?? "";
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  let text = "";
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType === Node.TEXT_NODE) text += node.nodeValue ?? "";
    else if (node instanceof HTMLImageElement) text += `[${node.alt}]`;
  }
  return text;
}

function tail(stream: ChunkStream): HTMLElement {
  const element = document.createElement("span");
  element.className = stream === "stderr" ? "tail err" : "tail";
  return element;
}
