// Porthole: the real server, started for a test and ended with it.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Time for the server to listen and to end, in milliseconds; a safety, not an expectation. */
const patience = 30_000;

/**
 * Starts the program that PORTHOLE_BIN names.
 *
 * @returns {Promise<{https: string, token: string, fingerprint: string, folder: string, stop: () => Promise<void>}>}
 */
export async function startPorthole() {
  const program = process.env.PORTHOLE_BIN;
  if (!program) throw new Error("PORTHOLE_BIN must name the porthole program; `cargo xtask test` sets it.");
  const folder = await mkdtemp(join(tmpdir(), "porthole-e2e-"));
  const data = join(folder, "data");
  const shell = await makeShell(folder);
  const given = ["--port", "0", "--json", "--token-store", "memory", "--data-dir", data, "--shell", shell];
  const child = spawn(program, ["serve", ...given], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const safety = setTimeout(() => child.kill("SIGKILL"), patience);
  const first = await Promise.race([
    once(lines, "line").then(([line]) => line),
    ended.then(([code]) => Promise.reject(new Error(`porthole serve ended with code ${code} before it listened`))),
  ]);
  clearTimeout(safety);
  return {
    ...JSON.parse(first),
    folder,
    /** Makes a new token, as the tray or the command line would, and gives it. */
    rotateToken() {
      return execFileSync(program, ["token", "--rotate", "--data-dir", data], { encoding: "utf8", timeout: patience }).trim();
    },
    async stop() {
      const late = setTimeout(() => child.kill("SIGKILL"), patience);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(late);
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** Bash with a home of its own: what the person's own start-up files do is no part of these tests. */
async function makeShell(folder) {
  const home = join(folder, "home");
  await mkdir(home);
  const shell = join(folder, "bash");
  await writeFile(shell, `#!/bin/sh\nHOME='${home}' exec bash "$@"\n`, { mode: 0o755 });
  return shell;
}

/**
 * Waits until a program with these arguments runs in one of the shells of this server: what interrupts a shell before
 * that interrupts its start.
 */
export async function untilRuns(porthole, ...wanted) {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    for (const pid of await readdir("/proc")) {
      const given = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (given === wanted.map((argument) => `${argument}\0`).join("") && (await descends(pid, porthole.pid))) return;
    }
  }
  throw new Error(`${wanted.join(" ")} did not start`);
}

async function descends(pid, ancestor) {
  for (let at = Number(pid); at > 1; ) {
    if (at === ancestor) return true;
    const stat = await readFile(`/proc/${at}/stat`, "utf8").catch(() => "");
    at = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
  }
  return false;
}
