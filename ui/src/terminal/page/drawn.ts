// Drawn: keeps a drawing up to date with what a command prints, at most once a frame while it runs.

import type { Command } from "../../protocol";

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

/** The path that a click on a link of the output names, or null. The link is no page to go to. */
export function pickedPath(event: MouseEvent): string | null {
  const path = (event.target as Element).closest<HTMLElement>("a[data-path]")?.dataset["path"];
  if (!path) return null;
  event.preventDefault();
  event.stopPropagation();
  return event.button === 0 ? path.replace(/^\.\//, "") : null;
}
