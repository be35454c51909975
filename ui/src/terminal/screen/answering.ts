// Answering: what programs ask is not answered where the server says that another terminal does.

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
