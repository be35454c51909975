// The web terminal in Chromium against the real server.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await porthole?.stop();
});

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

describe("pairing", () => {
  test("a wrong token is explained, the right one opens the terminal and is kept for this browser", async () => {
    const visitor = await Visitor.open(browser, porthole);
    const { page } = visitor;
    await visitor.picture("pairing");
    await visitor.pair("hunter2");
    await page.getByText("A pairing token begins with ph1_").waitFor();
    const wrong = porthole.token.slice(0, -8) + (porthole.token.endsWith("AAAAAAAA") ? "BBBBBBBB" : "AAAAAAAA");
    await visitor.pair(wrong);
    await page.getByText("That is not the token of this Porthole.").waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage)), "{}");
    await visitor.pair(porthole.token);
    await visitor.prompt.waitFor();
    await page.reload();
    await visitor.prompt.waitFor();
    assert.ok(!page.url().includes("ph1_"));
    const second = await visitor.context.newPage();
    await second.goto(porthole.https);
    await second.getByTestId("prompt").waitFor();
    await visitor.leave();
  });

  test("a browser that is told to forget has nothing left of the token", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("echo once");
    await visitor.page.getByText("Settings").click();
    await visitor.page.getByTestId("forget").click();
    await visitor.page.getByTestId("forget").click();
    await visitor.page.getByTestId("token-input").waitFor();
    assert.equal(await visitor.page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage })), "{}");
    await visitor.leave();
  });
});

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
    await block.getByRole("link", { name: "a.png" }).click();
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
    await visitor.page.keyboard.press("Control+c");
    await visitor.until(block, "completed");
    assert.match(await block.getByTestId("status").innerText(), /SIGINT|exit 130/);
  });

  test("Ctrl-C in the empty prompt interrupts the newest command", async () => {
    const block = await visitor.run("sleep 1000");
    await visitor.untilTyping(block);
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
    const block = await visitor.run("trap '' INT TERM; echo ready; while :; do sleep 1; done");
    await visitor.untilShown(block, "ready");
    await block.getByTestId("kill").click();
    await visitor.until(block, "completed");
  });

  test("what looks like HTML is shown and not run", async () => {
    const text = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
    const output = await visitor.outputOf(`printf '%s\\n' '${text.replaceAll("'", `'\\''`)}'`);
    assert.ok(output.includes(text), output);
    assert.equal(await visitor.page.title(), "Porthole");
  });

  test("a progress bar stays one line", async () => {
    const output = await visitor.outputOf(`for i in 1 2 3; do printf '\\r%s of 3' $i; sleep 0.1; done; echo; echo done`);
    assert.deepEqual(output.split("\n").filter(Boolean), ["3 of 3", "done"]);
  });

  test("standard error is marked where it has a stream of its own", async () => {
    await visitor.page.getByText("Settings").click();
    await visitor.page.getByTestId("split").check();
    await visitor.page.keyboard.press("Escape");
    const block = await visitor.run("echo out; sleep 0.2; echo err >&2");
    await visitor.until(block, "completed");
    assert.equal((await block.locator(".err").innerText()).trim(), "err");
    await visitor.page.getByText("Settings").click();
    await visitor.page.getByTestId("split").uncheck();
    await visitor.page.keyboard.press("Escape");
  });

  test("very long output keeps its newest lines, counts the others and follows the end", async () => {
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

describe("the place in the output", () => {
  test("is kept while one reads above, and a button leads back to the end", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const flag = join(porthole.folder, "go-on");
    const block = await visitor.run(`seq 1 200; until test -e ${flag}; do sleep 0.05; done; seq 201 400; read -r line`);
    await visitor.untilShown(block, "200");
    await visitor.untilTyping(block);
    const feed = visitor.page.getByTestId("feed");
    await feed.hover();
    await visitor.page.mouse.wheel(0, -1500);
    const jump = visitor.page.getByTestId("jump");
    await jump.waitFor();
    const top = await feed.evaluate((element) => element.scrollTop);
    await writeFile(flag, "");
    await visitor.untilShown(block, "400");
    assert.equal(await feed.evaluate((element) => element.scrollTop), top);
    await jump.click();
    await jump.waitFor({ state: "detached" });
    await visitor.page.waitForFunction((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 4, await feed.elementHandle());
    await block.click();
    await visitor.page.keyboard.type("on\n");
    await visitor.until(block, "completed");
    await visitor.leave();
  });

  test("of a click is no obstacle to typing, and no letter runs a command again", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("echo some words to select");
    await visitor.until(block, "completed");
    await block.getByTestId("output").dblclick({ position: { x: 60, y: 8 } });
    assert.notEqual(await visitor.page.evaluate(() => String(getSelection())), "");
    await visitor.page.keyboard.type("rok");
    assert.equal(await visitor.prompt.inputValue(), "rok");
    assert.equal(await visitor.page.getByTestId("block").count(), 1);
    await visitor.leave();
  });
});

describe("screens", () => {
  test("a program that draws on the whole screen gets one, and its keys", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const kept = join(porthole.folder, "kept");
    const program = join(porthole.folder, "drawer.sh");
    await writeFile(
      program,
      `printf '\\033[?1049h\\033[2J\\033[5;10HPress a key'\nIFS= read -rsn1 key\nstty size > ${kept}\nprintf '%s' "$key" >> ${kept}\n` +
        `printf '\\033[?1049l'\necho "pressed $key"\n`,
    );
    await visitor.page.getByTestId("as-screen").click();
    const block = await visitor.run(`bash ${program}`);
    const screen = block.getByTestId("screen");
    await screen.getByText("Press a key").waitFor();
    await visitor.untilTyping(block);
    await visitor.picture("screen");
    await visitor.page.keyboard.press("q");
    await visitor.until(block, "completed");
    await visitor.untilShown(block, "pressed q");
    const [size, key] = (await readFile(kept, "utf8")).split("\n");
    const [rows, columns] = size.split(" ").map(Number);
    assert.ok(rows > 20 && columns > 100, size);
    assert.equal(key, "q");
    await visitor.leave();
  });

  test("a command knows how wide the page is, also after it changed", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const wide = Number((await visitor.outputOf("stty size")).split(" ")[1]);
    const block = await visitor.run("trap 'echo now $(stty size)' WINCH; echo ready; while :; do sleep 0.1; done");
    await visitor.untilShown(block, "ready");
    await visitor.page.setViewportSize({ width: 640, height: 700 });
    await visitor.untilShown(block, "now");
    const narrow = Number((await visitor.textOf(block)).match(/now \d+ (\d+)/)[1]);
    assert.ok(wide > 120 && narrow < wide && narrow > 40, `${wide} and then ${narrow}`);
    await block.getByTestId("kill").click();
    await visitor.until(block, "completed");
    await visitor.leave();
  });
});

describe("a lost connection", () => {
  test("is said, comes back by itself, and loses no output and no command", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("for i in $(seq 1 20); do echo tick $i; sleep 0.1; done; echo end");
    await visitor.untilShown(block, "tick 2");
    await visitor.cut();
    await visitor.page.getByTestId("banner").waitFor();
    await visitor.picture("lost");
    const meanwhile = await visitor.run("echo asked for meanwhile");
    assert.equal(await meanwhile.getAttribute("data-phase"), "queued");
    await visitor.mend();
    await visitor.page.getByTestId("banner").waitFor({ state: "detached" });
    await visitor.until(block, "completed");
    const output = await visitor.textOf(block);
    assert.deepEqual(output.split("\n").filter(Boolean), [...numbers(1, 20).map((number) => `tick ${number}`), "end"]);
    await visitor.until(meanwhile, "completed");
    await visitor.untilShown(meanwhile, "asked for meanwhile");
    await visitor.leave();
  });

  test("by a reload brings the commands back, and what runs goes on", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("echo before the reload");
    const running = await visitor.run("read -r line; echo got $line");
    await visitor.untilTyping(running);
    await visitor.page.reload();
    const blocks = visitor.page.getByTestId("block");
    await blocks.nth(1).waitFor();
    assert.deepEqual(await visitor.page.getByTestId("command").allInnerTexts(), [
      "echo before the reload",
      "read -r line; echo got $line",
    ]);
    assert.equal(await blocks.nth(0).getAttribute("data-phase"), "completed");
    await visitor.untilShown(blocks.nth(0), "before the reload");
    await blocks.nth(1).click();
    await visitor.page.keyboard.type("through\n");
    await visitor.until(blocks.nth(1), "completed");
    await visitor.untilShown(blocks.nth(1), "got through");
    await visitor.leave();
  });
});

describe("the page", () => {
  const show = async (visitor) => {
    await visitor.outputOf("cd / && ls -l --color=always | head -8");
    await visitor.outputOf(`printf '\\033[1;32mgreen\\033[0m \\033[38;5;214mamber\\033[0m \\033[38;2;90;160;255mtrue\\033[0m\\n'; ls /nowhere`);
    const running = await visitor.run("ping -V 2>/dev/null; echo listening; sleep 1000");
    await visitor.untilShown(running, "listening");
    await visitor.untilTyping(running);
    return running;
  };

  for (const [name, options] of [
    ["dark", { colorScheme: "dark" }],
    ["light", { colorScheme: "light" }],
    ["phone", { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
    ["zoomed", { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }],
  ]) {
    test(`${name} has room for everything`, async () => {
      const visitor = await Visitor.paired(browser, porthole, options);
      const running = await show(visitor);
      await visitor.picture(name);
      const wider = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wider <= 0, `${wider} pixels too wide`);
      await visitor.page.keyboard.press("Control+c");
      await visitor.until(running, "completed");
      await visitor.leave();
    });
  }

  test("is worked by the keyboard alone", async () => {
    const visitor = await Visitor.paired(browser, porthole, { reducedMotion: "reduce" });
    const { keyboard } = visitor.page;
    const until = (count) => visitor.page.waitForFunction((wanted) => document.querySelectorAll("[data-phase=completed]").length === wanted, count);
    await keyboard.type("echo one");
    await keyboard.press("Shift+Enter");
    await keyboard.type("echo two");
    await keyboard.press("Enter");
    await until(1);
    assert.match(await visitor.page.getByTestId("output").innerText(), /one\s+two/);
    await keyboard.press("ArrowUp");
    assert.equal(await visitor.prompt.inputValue(), "echo one\necho two");
    await keyboard.press("Control+c");
    assert.equal(await visitor.prompt.inputValue(), "");
    await keyboard.press("Control+Shift+ArrowUp");
    await visitor.picture("keyboard");
    await keyboard.press("o");
    await visitor.page.getByText("Copied").waitFor();
    assert.equal(await visitor.page.evaluate(() => navigator.clipboard.readText()), "one\ntwo\n");
    await keyboard.press("r");
    await until(2);
    await keyboard.press("Control+l");
    await visitor.page.waitForFunction(() => document.querySelectorAll("[data-testid=block]").length === 0);
    await visitor.leave();
  });
});
