// Wording: numbers and states as a person reads them.

import type { CommandView } from "../../protocol";

const signals: Record<number, string> = {
  1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 6: "SIGABRT", 8: "SIGFPE", 9: "SIGKILL",
  11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
};

/** A length of time: "40 ms", "2.4 s", "3 min 07 s", "1 h 02 min". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** An elapsed time that is still counting: no fractions, so that it does not flicker. */
export function elapsed(milliseconds: number): string {
  return milliseconds < 60_000 ? `${Math.max(0, Math.floor(milliseconds / 1000))} s` : duration(milliseconds);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(2)} GB`;
}

export const number = (value: number) => value.toLocaleString("en-US");

/** What a shell tells of a command that Ctrl-Z stopped: 128 and SIGTSTP, of Linux and of macOS. */
const stoppedCodes = new Set([128 + 20, 128 + 18]);

/** Whether a command did not end but was stopped by Ctrl-Z, and waits for `fg` or `bg`. */
export function stopped(view: CommandView): boolean {
  return view.phase === "completed" && view.signal === null && view.exitCode !== null && stoppedCodes.has(view.exitCode);
}

/** How a command ended, without its time; "" for one that ended well. */
export function outcome(view: CommandView): string {
  if (view.phase === "lost") return "lost";
  if (view.phase === "refused") return "not run";
  if (view.phase !== "completed") return "";
  if (view.signal !== null) return signals[view.signal] ?? `signal ${view.signal}`;
  if (stopped(view)) return "stopped";
  if (view.exitCode === null || view.exitCode === 0) return "";
  return `exit ${view.exitCode}`;
}

/** Whether a command did not do what it was for. One that was stopped may still do it, and what became of a lost one is not known. */
export function hasFailed(view: CommandView): boolean {
  return view.phase === "refused" || (view.phase === "completed" && outcome(view) !== "" && !stopped(view));
}

/** How a stage of a pipeline ended. A shell tells a signal as 128 and its number. */
export function exitWord(status: number): string {
  return (status > 128 && signals[status - 128]) || `exit ${status}`;
}

/** A path for a narrow place: the usual home folders become "~". */
export function shortPath(path: string): string {
  return path.replace(/^(?:\/home\/[^/]+|\/Users\/[^/]+|\/root)(?=\/|$)/, "~");
}

/** A word for the shell: quoted where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command where there is room for a line: its first, not too much of it. */
export function firstLine(command: string): string {
  const [line = ""] = command.trim().split("\n", 1);
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}

/** What went wrong, for a person. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
