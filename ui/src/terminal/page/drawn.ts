// Drawn: keeps a drawing up to date with what a command prints, at most once a frame while it runs.

import type { Command, FilePath } from "../../protocol";

/** Calls `draw` now, in the frame after a change of the command, and at once when it ends; gives the way to stop that. */
export function keepDrawn(command: Command, draw: () => void): () => void {
  let planned = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const now = () => {
    cancelAnimationFrame(planned);
    planned = 0;
    clearTimeout(timer);
    timer = undefined;
    draw();
  };
  // A hidden page gets no frames, and its output must not pile up.
  const plan = () => {
    // What is shown as completed shows all of its output.
    if (command.settled) now();
    else if (document.hidden) timer ??= setTimeout(now, 500);
    else planned ||= requestAnimationFrame(now);
  };
  now();
  const stop = command.subscribe(plan);
  return () => {
    stop();
    cancelAnimationFrame(planned);
    clearTimeout(timer);
  };
}

/** A file that a click on a link of the output names. */
export interface PickedFile {
  path: FilePath;
  /** The line that is meant, from 1. */
  line?: number;
  /** Its name is wanted, not the file. */
  name: boolean;
}

/** What a click on the output picks: a file, or an image that the command printed, by its number. */
export type Picked = PickedFile | { image: number; words: string };

/** What a click on the output picks, or null. A link of it is no page to go to. */
export function pickedFrom(event: MouseEvent): Picked | null {
  const image = (event.target as Element).closest<HTMLImageElement>("img[data-image]");
  if (image && event.button === 0) {
    event.stopPropagation();
    return { image: Number(image.dataset["image"]), words: image.alt };
  }
  const { path, base64, line } = (event.target as Element).closest<HTMLElement>("a[data-path]")?.dataset ?? {};
  if (!path) return null;
  event.preventDefault();
  event.stopPropagation();
  if (event.button !== 0) return null;
  return { path: base64 ? { base64 } : path.replace(/^\.\/(?=.)/, ""), name: event.altKey, ...(line ? { line: Number(line) } : {}) };
}

/** Whether something in the output can be picked by the keyboard. */
export function isPickable(target: EventTarget | null): target is HTMLElement {
  return target instanceof HTMLElement && target.matches(pickable);
}

/** Gives the keys to the first name of a file or image in a block, where names are links. */
export function toNames(block: HTMLElement): void {
  namesIn(block)[0]?.focus();
}

/** From name to name with the arrows, and back to the block with Esc. A letter is meant for elsewhere. */
export function fromName(event: KeyboardEvent, block: HTMLElement, elsewhere: () => void): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLImageElement && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    return event.target.click();
  }
  if (event.key.length === 1) return elsewhere();
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key !== "Escape" && by === undefined) return;
  event.preventDefault();
  if (by === undefined) return block.focus();
  const names = namesIn(block);
  names[names.indexOf(event.target as HTMLElement) + by]?.focus();
}

const pickable = "a[data-path], img[data-image]";

function namesIn(block: HTMLElement): HTMLElement[] {
  const hasLinks = document.documentElement.dataset["links"] !== "off";
  return [...block.querySelectorAll<HTMLElement>(hasLinks ? pickable : "img[data-image]")];
}
