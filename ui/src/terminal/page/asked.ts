// Asked: commands as the person asks for them, and what they are fed with.

import type { BreakpointRequest, CommandView, StdinFrom } from "../../protocol";

/** A command as the person asks for it. */
export interface Asked {
  text: string;
  /** On a screen of its own, also where its name does not tell that it needs one. */
  asScreen: boolean;
  /** The pipes to watch or to hold. */
  breakpoints?: BreakpointRequest[];
  stdinFrom?: StdinFrom;
}

/** What the next command is fed with, and what it is called. */
export interface Feed {
  stdinFrom: StdinFrom;
  name: string;
}

/** What would run a command again as it ran. */
export function askedOf({ command, options }: CommandView): Asked {
  const { format, breakpoints, stdinFrom } = options;
  return { text: command, asScreen: format === "raw", ...(breakpoints ? { breakpoints } : {}), ...(stdinFrom ? { stdinFrom } : {}) };
}
