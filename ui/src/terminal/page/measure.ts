// Measure: how many cells of a terminal fit into the page.

import type { Size } from "../../protocol";

/** Room beside the output that is no text: gutter and padding of a block, as in Block.svelte. */
const beside = { wide: 2.25 + 0.25 + 1.25, narrow: 1.5 + 0.125 + 0.75 };

/** Room above and below it: the block's head, the strip that takes the keys, the block's own space. */
const around = 2 + 1.75 + 1.5;

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
  const clamp = (value: number, low: number) => Math.min(1000, Math.max(low, Math.floor(value)));
  return { cols: clamp(room / (width / 100), 20), rows: clamp((feed.clientHeight - around * rem) / height, 5) };
}
