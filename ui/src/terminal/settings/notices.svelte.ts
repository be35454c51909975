// Notices: what the server tells by itself, quietly on the page, and outside it where nobody looks at the page.

import type { Notification as Told } from "../../protocol";
import { duration, firstLine } from "../page/wording";

export interface Notice {
  id: number;
  text: string;
  tone: "good" | "bad" | "plain";
  /** The command that it is about. */
  serverId?: number;
}

/** What decides who is told where. */
export interface Watcher {
  /** The kinds that the person wants to be told of on the page. */
  kinds(): readonly string[];
  /** From how many seconds on a command is a long one. */
  longCommand(): number;
  /** Whether the browser is to tell what ends while the page is hidden. */
  outside(): boolean;
  /** Whether the person sees this command now. */
  sees(serverId: number): boolean;
  /** Leads to a command. */
  lead(serverId: number): void;
  /** Whether a command was sent a signal from this page. */
  signalled(serverId: number): boolean;
  /** What every page calls itself. */
  name: string;
}

/** How long a notice is shown, in milliseconds, and how many at once. */
const shownFor = 9000;
const most = 4;
/** For how long after this page has come, or come back, one of its name that joins is itself, in milliseconds. */
const arriving = 3000;

export class Notices {
  list: readonly Notice[] = $state.raw([]);
  /** Ends that came while the page was hidden. */
  unseen = $state(0);
  /** Whether one of them failed. */
  failed = $state(false);
  readonly #watcher: Watcher;
  #next = 1;
  #arrived = Number.NEGATIVE_INFINITY;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  /** Takes in what the server told. */
  take(told: Told): void {
    const { kinds, name } = this.#watcher;
    if (told.kind === "commandEnded") return this.#ended(told);
    if (told.kind === "engineStopping") return this.#show({ text: "Porthole is about to end.", tone: "bad" }, false);
    if (told.kind === "tokenRotated") return this.#show({ text: "The pairing token was renewed. The new one is needed here.", tone: "bad" }, false);
    if (told.kind === "sessionEnding") return this.#show({ text: "This session is about to end on the machine.", tone: "bad" }, false);
    if (!kinds.call(this.#watcher).includes(told.kind)) return;
    if (told.kind === "commandKilled" && !(told.by.startsWith(name) && this.#watcher.signalled(told.serverId))) {
      const by = told.by.startsWith(name) ? "in another tab or browser" : `by ${told.by}`;
      this.#show({ text: `${firstLine(told.command)} was killed ${by}`, tone: "bad", serverId: told.serverId });
    }
    if (told.kind === "clientJoined" && !this.#isSelf(told.client)) this.#show({ text: `${told.client || "A client"} has joined this session`, tone: "plain" });
    if (told.kind === "clientLeft") this.#show({ text: `${told.client || "A client"} has left this session`, tone: "plain" });
  }

  /** This page has come, or come back. */
  arrived(): void {
    this.#arrived = performance.now();
  }

  #isSelf(client: string): boolean {
    return client.startsWith(this.#watcher.name) && performance.now() - this.#arrived < arriving;
  }

  /** The page is looked at again. */
  seen(): void {
    this.unseen = 0;
    this.failed = false;
  }

  close(notice: Notice): void {
    this.list = this.list.filter((other) => other !== notice);
  }

  /** Leads to what it is about. */
  follow(notice: Notice): void {
    this.close(notice);
    if (notice.serverId !== undefined) this.#watcher.lead(notice.serverId);
  }

  #ended({ command, serverId, exitCode, durationMs }: Extract<Told, { kind: "commandEnded" }>): void {
    const watcher = this.#watcher;
    if (durationMs < watcher.longCommand() * 1000 || watcher.sees(serverId)) return;
    const how = exitCode === 0 ? "ended well" : `ended with exit code ${exitCode}`;
    const text = `${firstLine(command)} ${how} after ${duration(durationMs)}`;
    if (watcher.kinds().includes("commandEnded")) this.#show({ text, tone: exitCode === 0 ? "good" : "bad", serverId });
    if (!document.hidden) return;
    this.unseen += 1;
    this.failed ||= exitCode !== 0;
    if (watcher.outside()) this.#outside(text, serverId);
  }

  /** By the browser, where the person allowed that. */
  #outside(text: string, serverId: number): void {
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    try {
      const made = new Notification("Porthole", { body: text, tag: `porthole-${serverId}` });
      made.onclick = () => {
        window.focus();
        this.#watcher.lead(serverId);
        made.close();
      };
    } catch {
      // Some browsers let only service workers notify; the title of the page tells it, too.
    }
  }

  #show(notice: Omit<Notice, "id">, passes = true): void {
    const shown = { ...notice, id: this.#next };
    this.#next += 1;
    this.list = [...this.list, shown].slice(-most);
    if (passes) setTimeout(() => this.close(shown), shownFor);
  }
}
