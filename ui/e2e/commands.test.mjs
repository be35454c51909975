// Commands in the web terminal: their output, their input and their end.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { untilRuns } from "./porthole.mjs";
import { browser, porthole } from "./stage.mjs";

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

describe("commands", () => {
  let visitor;
  before(async () => {
    visitor = await Visitor.paired(browser, porthole);
  });
  after(() => visitor.leave());

  test("ls shows the files of the folder that cd went to, and a click puts a name into the prompt", async () => {
    const folder = join(porthole.folder, "shelf");
    await mkdir(folder);
    await writeFile(join(folder, "a.png"), "");
    await writeFile(join(folder, "it's b.txt"), "");
    await visitor.outputOf(`cd ${folder}`);
    assert.equal(await visitor.page.getByTestId("cwd").getAttribute("title"), folder);
    const block = await visitor.run("ls -1");
    await visitor.until(block, "completed");
    const output = await visitor.textOf(block);
    assert.ok(output.includes("a.png") && output.includes("b.txt"), output);
    await block.getByRole("link", { name: "a.png" }).click({ modifiers: ["Alt"] });
    assert.equal(await visitor.prompt.inputValue(), "a.png ");
    await visitor.prompt.fill("");
  });

  test("git log shows the history of a repository", async () => {
    const folder = join(porthole.folder, "repository");
    await mkdir(folder);
    const git = (...given) => execFileSync("git", ["-C", folder, "-c", "user.name=Ann", "-c", "user.email=ann@localhost", ...given]);
    git("init", "--quiet");
    git("commit", "--quiet", "--allow-empty", "--message", "The first of two");
    git("commit", "--quiet", "--allow-empty", "--message", "The second of two");
    const output = await visitor.outputOf(`cd ${folder} && git log`);
    assert.match(output, /commit [0-9a-f]{40}[\s\S]*The second of two[\s\S]*commit [0-9a-f]{40}[\s\S]*The first of two/);
  });

  test("seq 1 1000 shows every line once and in order", async () => {
    const output = await visitor.outputOf("seq 1 1000");
    assert.deepEqual(output.split("\n").filter(Boolean), numbers(1, 1000));
  });

  test("a Python prompt is answered by typing, and the keys come back to the prompt when it ends", async () => {
    const block = await visitor.run("python3 -q");
    await visitor.untilShown(block, ">>>");
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("print(6 * 7, 'é')\n");
    await visitor.untilShown(block, "42 é");
    await visitor.page.keyboard.type("exit()");
    await visitor.picture("typing");
    await visitor.page.keyboard.press("Enter");
    await visitor.until(block, "completed");
    await visitor.page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "prompt");
  });

  test("sleep 1000 is stopped by Ctrl-C", async () => {
    const block = await visitor.run("sleep 1000");
    await visitor.untilTyping(block);
    await untilRuns(porthole, "sleep", "1000");
    await visitor.page.keyboard.press("Control+c");
    await visitor.until(block, "completed");
    assert.match(await block.getByTestId("status").innerText(), /SIGINT|exit 130/);
  });

  test("Ctrl-C in the empty prompt interrupts the newest command", async () => {
    const block = await visitor.run("sleep 1000");
    await visitor.untilTyping(block);
    await untilRuns(porthole, "sleep", "1000");
    await visitor.page.keyboard.press("Escape");
    await visitor.prompt.press("Control+c");
    await visitor.until(block, "completed");
  });

  test("two commands run at once, side by side, and each is typed into by itself", async () => {
    const first = await visitor.run("read -r line; echo first got $line");
    await visitor.untilTyping(first);
    await visitor.page.keyboard.press("Escape");
    const second = await visitor.run("read -r line; echo second got $line");
    await visitor.untilTyping(second);
    assert.equal(await visitor.page.getByTestId("live").innerText(), "2 running");
    await visitor.picture("two-at-once");
    await first.click();
    await visitor.page.keyboard.type("apples\n");
    await visitor.until(first, "completed");
    await visitor.untilShown(first, "first got apples");
    assert.equal(await second.getAttribute("data-phase"), "running");
    await second.click();
    await visitor.page.keyboard.type("pears\n");
    await visitor.until(second, "completed");
    await visitor.untilShown(second, "second got pears");
  });

  test("a failure shows its exit code, and its command can be run again", async () => {
    const block = await visitor.run("(exit 3)");
    await visitor.until(block, "completed");
    assert.match(await block.getByTestId("status").innerText(), /exit 3/);
    await block.hover();
    await block.getByTestId("rerun").click();
    const again = visitor.page.getByTestId("block").last();
    await visitor.until(again, "completed");
    assert.equal(await again.getByTestId("command").innerText(), "(exit 3)");
  });

  test("a command that only SIGKILL ends is killed by its button", async () => {
    const block = await visitor.run(`bash -c "trap '' INT TERM; echo ready; while :; do sleep 1; done"`);
    await visitor.untilShown(block, "ready");
    await block.getByTestId("kill").click();
    await visitor.until(block, "completed");
  });

  test("what looks like HTML is shown and not run", async () => {
    const text = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
    const output = await visitor.outputOf(`printf '%s\\n' '${text.replaceAll("'", `'\\''`)}'`);
    assert.ok(output.includes(text), output);
    assert.match(await visitor.page.title(), / · Porthole$/);
  });

  test("a progress bar stays one line", async () => {
    const output = await visitor.outputOf(`for i in 1 2 3; do printf '\\r%s of 3' $i; sleep 0.1; done; echo; echo done`);
    assert.deepEqual(output.split("\n").filter(Boolean), ["3 of 3", "done"]);
  });

  test("standard error is marked where it has a stream of its own", async () => {
    await visitor.page.getByText("Settings").click();
    await visitor.page.getByTestId("streams-split").check({ force: true });
    await visitor.page.keyboard.press("Escape");
    const block = await visitor.run("echo out; sleep 0.2; echo err >&2");
    await visitor.until(block, "completed");
    assert.equal((await block.locator(".err").innerText()).trim(), "err");
    await visitor.page.getByText("Settings").click();
    await visitor.page.getByTestId("streams-exact").check({ force: true });
    await visitor.page.keyboard.press("Escape");
  });

  test("very long output keeps its newest lines, counts the others and follows the end", async () => {
    // A click is no scrolling.
    await visitor.page.getByTestId("block").last().click();
    const block = await visitor.run("seq 1 60000");
    await visitor.until(block, "completed");
    await visitor.untilShown(block, "60000");
    const shown = (await visitor.textOf(block)).split("\n").filter(Boolean);
    const lines = shown.length;
    assert.deepEqual(shown, numbers(60_001 - lines, 60_000));
    assert.ok(lines > 19_000 && lines <= 20_000, String(lines));
    const note = `${(60_000 - lines).toLocaleString("en-US")} earlier lines are not kept on the page.`;
    await block.getByText(note).waitFor();
    await visitor.page.waitForFunction(() => {
      const feed = document.querySelector("[data-testid=feed]");
      return feed.scrollHeight - feed.scrollTop - feed.clientHeight < 40;
    });
  });
});
