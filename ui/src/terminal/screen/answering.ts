// Answering: what programs ask their terminal is answered by one of the tabs that show it.

import type { IParser } from "@xterm/xterm";

/** What programs ask with: the names of a sequence, as xterm.js has them. */
const asking: { prefix?: string; intermediates?: string; final: string }[] = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
  { final: "t" },
  { final: "x" },
  { prefix: "?", final: "u" },
];
/** Colours of the palette, of the text, the ground and the cursor: asked for with "?". */
const colours = [4, 10, 11, 12];

/** Keeps a terminal from answering as long as `silent` says so. */
export function silence(parser: IParser, silent: () => boolean): void {
  for (const id of asking) parser.registerCsiHandler(id, silent);
  parser.registerDcsHandler({ intermediates: "$", final: "q" }, silent);
  for (const code of colours) parser.registerOscHandler(code, (data) => silent() && data.includes("?"));
}

/**
 * Waits for the right to answer for `name`, which one tab of a browser has at a time. `taken` hears that it is there: at
 * once, where no other has it, else when that one is closed; `decided` that one or the other is so. Gives the way to let
 * go of it.
 */
export function takeAnswering(name: string, taken: () => void, decided: () => void): () => void {
  const stop = new AbortController();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const locks = (navigator as { locks?: LockManager }).locks;
  const hold = () => {
    taken();
    return held;
  };
  if (locks) {
    void locks.request(name, { ifAvailable: true }, (lock) => {
      const had = lock && !stop.signal.aborted ? hold() : undefined;
      if (!had && !stop.signal.aborted) void locks.request(name, { signal: stop.signal }, hold).catch(() => {});
      decided();
      return had;
    });
  } else {
    taken();
    decided();
  }
  return () => {
    stop.abort();
    release();
  };
}
