// Measure: how many cells of a terminal fit into the page.

import type { Size } from "../../protocol";

/** Room beside the output that is no text: gutter and padding of a block, as in Block.svelte. */
const beside = { wide: 2.25 + 0.25 + 1.25, narrow: 1.5 + 0.125 + 0.75 };

/** Room above and below it: the block's head, the strip that takes the keys, the block's own space; where there is little
 * of it the block's actions are below its head, and the strip has keys. */
const around = { wide: 2 + 1.75 + 1.5, narrow: 2 + 2.5 + 4.25 + 1.5 };

/** The size of a terminal in `feed`, in cells of the output's font. */
export function measureCells(feed: HTMLElement): Size {
  const probe = document.createElement("div");
  probe.className = "output whole";
  probe.style.cssText = "position:absolute;visibility:hidden;white-space:pre;width:max-content";
  probe.textContent = "0".repeat(100);
  feed.append(probe);
  const { width, height } = probe.getBoundingClientRect();
  probe.remove();
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const narrow = matchMedia("(max-width: 40rem)").matches;
  const room = feed.clientWidth - (narrow ? beside.narrow : beside.wide) * rem;
  const above = roomAround(feed, (narrow ? around.narrow : around.wide) * rem, 0.5 * rem);
  const clamp = (value: number, low: number) => Math.min(1000, Math.max(low, Math.floor(value)));
  return { cols: clamp(room / (width / 100), 20), rows: clamp((feed.clientHeight - above) / height, 5) };
}

/**
 * What the block of the newest screen has beside that and a gap below, in pixels: at least `least`, and never most of the
 * page.
 */
function roomAround(feed: HTMLElement, least: number, gap: number): number {
  const screen = [...feed.querySelectorAll<HTMLElement>("article .whole")].at(-1);
  const block = screen?.closest("article");
  if (!screen || !block) return least;
  const lines = screen.previousElementSibling?.clientHeight ?? 0;
  return Math.min(Math.max(least, block.clientHeight + gap - screen.offsetHeight - lines), feed.clientHeight / 2);
}
