// Pipes in the web terminal: marks in the prompt, panels in the blocks, and the rest run on what was captured.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { browser, porthole } from "./stage.mjs";

const marks = (visitor) => visitor.page.getByTestId("mark");
const pressed = (visitor) => visitor.page.locator("[data-testid=mark][aria-pressed=true]");

/** Waits until so many pipes are marked in the prompt. */
const untilMarked = (visitor, count) =>
  visitor.page.waitForFunction((wanted) => document.querySelectorAll("[data-testid=mark]").length === wanted, count);

/** Runs a command with breakpoints at these pipes, which are clicked. */
async function runWatched(visitor, command, pipes, count) {
  await visitor.prompt.fill(command);
  await untilMarked(visitor, count);
  for (const pipe of pipes) await marks(visitor).nth(pipe).click();
  const before = await visitor.page.getByTestId("block").count();
  await visitor.prompt.press("Enter");
  const block = visitor.page.getByTestId("block").nth(before);
  await block.waitFor();
  return block;
}

describe("the pipes of the command that is written", () => {
  let visitor;
  before(async () => {
    visitor = await Visitor.paired(browser, porthole);
  });
  after(() => visitor.leave());

  test("are marked as the shell reads them, exactly where they stand", async () => {
    await visitor.prompt.fill("echo 'é|' || ls | grep \"a|b\" |& wc");
    await untilMarked(visitor, 2);
    assert.deepEqual(await marks(visitor).allInnerTexts(), ["|", "|&"]);
    const [gap, cell] = await visitor.page.evaluate(() => {
      const field = document.querySelector("[data-testid=prompt]");
      const mark = document.querySelector("[data-testid=mark]");
      const canvas = document.createElement("canvas").getContext("2d");
      canvas.font = getComputedStyle(field).font;
      const cell = canvas.measureText("0").width;
      return [mark.getBoundingClientRect().left - field.getBoundingClientRect().left, cell];
    });
    assert.ok(Math.abs(gap / cell - 16) < 0.2, `${gap / cell} cells`);
    await visitor.prompt.fill("");
    await untilMarked(visitor, 0);
  });

  test("stay breakpoints while the text around them is edited", async () => {
    await visitor.prompt.fill("ls | wc");
    await untilMarked(visitor, 1);
    await marks(visitor).first().click();
    assert.equal(await pressed(visitor).count(), 1);
    await visitor.page.keyboard.press("Home");
    await visitor.page.keyboard.type("echo é | cat - | ");
    await untilMarked(visitor, 3);
    assert.equal(await pressed(visitor).getAttribute("aria-label"), "Pipe 3, watched");
    await visitor.page.keyboard.press("End");
    await visitor.page.keyboard.type(' | grep "');
    await untilMarked(visitor, 0);
    await visitor.page.keyboard.type('x"');
    await untilMarked(visitor, 4);
    assert.equal(await pressed(visitor).getAttribute("aria-label"), "Pipe 3, watched");
    await visitor.prompt.fill("");
  });
});

describe("a watched pipe", () => {
  let visitor;
  before(async () => {
    visitor = await Visitor.paired(browser, porthole);
  });
  after(() => visitor.leave());

  test("shows what flows through it while it flows, with its errors marked, and how it ended", async () => {
    const flag = join(porthole.folder, "go-on");
    const block = await runWatched(visitor, `(seq 3; echo oops >&2; until test -e ${flag}; do sleep 0.05; done; seq 4 5; exit 3) | grep -c .`, [0], 1);
    const tap = block.getByTestId("tap");
    await tap.getByTestId("tap-output").filter({ hasText: "oops" }).waitFor();
    await tap.getByTestId("tap-output").filter({ hasText: "3" }).waitFor();
    assert.equal((await tap.locator(".err").innerText()).trim(), "oops");
    await tap.getByTestId("flow").filter({ hasText: "flowing" }).waitFor();
    await visitor.picture("pipe-flowing");
    await writeFile(flag, "");
    await visitor.until(block, "completed");
    assert.match(await visitor.textOf(block), /^oops\n5\s*$/);
    await tap.getByTestId("flow").filter({ hasText: "exit 3" }).waitFor();
    const lines = (await tap.getByTestId("tap-output").textContent()).split("\n").filter((line) => /^\d$/.test(line));
    assert.deepEqual(lines, ["1", "2", "3", "4", "5"]);
    assert.match(await tap.getByTestId("flow").innerText(), /6 lines\s+10 B/);
    await tap.getByTestId("stream-stderr").click();
    assert.equal((await tap.getByTestId("tap-output").textContent()).trim(), "oops");
    await tap.getByTestId("stream-stdout").click();
    assert.equal((await tap.getByTestId("tap-output").textContent()).trim(), "1\n2\n3\n4\n5");
    await tap.getByTestId("stream-both").click();
    await visitor.picture("pipe-ended");
  });

  test("feeds the rest of the pipeline again, edited, without running what came before", async () => {
    const ran = join(porthole.folder, "ran");
    const block = await runWatched(visitor, `(echo x >> ${ran}; seq 20) | grep 1 | wc -l`, [0], 2);
    await visitor.until(block, "completed");
    await block.getByTestId("rest").click();
    assert.equal(await visitor.prompt.inputValue(), "grep 1 | wc -l");
    assert.match(await visitor.page.getByTestId("fed").innerText(), /Reads \(echo x .* seq 20\)/);
    await visitor.picture("rest");
    await visitor.prompt.fill("tail -1");
    await visitor.prompt.press("Enter");
    const rest = visitor.page.getByTestId("block").last();
    await visitor.untilShown(rest, "20");
    await visitor.until(rest, "completed");
    assert.equal(await visitor.page.getByTestId("fed").count(), 0);
    assert.equal((await visitor.outputOf(`cat ${ran}`)).trim(), "x");
  });

  test("that captured only a part offers that part", async () => {
    const block = await runWatched(visitor, "seq 1000000 | wc -l", [0], 1);
    await visitor.until(block, "completed");
    await block.getByTestId("rest").click();
    await visitor.prompt.press("Enter");
    const refused = visitor.page.getByTestId("block").last();
    await refused.getByTestId("partial").click();
    const rest = visitor.page.getByTestId("block").last();
    await visitor.until(rest, "completed");
    const counted = Number(await visitor.textOf(rest));
    assert.ok(counted > 1000 && counted < 1_000_000, String(counted));
    assert.ok((await block.getByTestId("tap-output").textContent()).split("\n").length < 2500);
  });

  test("of a loop shows each run by itself", async () => {
    const block = await runWatched(visitor, "for i in a b c; do echo item $i | cat; done", [0], 1);
    await visitor.until(block, "completed");
    const tap = block.getByTestId("tap");
    await tap.getByTestId("run").filter({ hasText: "run 3 of 3" }).waitFor();
    await tap.getByTestId("tap-output").filter({ hasText: "item c" }).waitFor();
    await tap.getByLabel("Run before").click();
    await tap.getByTestId("tap-output").filter({ hasText: "item b" }).waitFor();
    assert.equal(await tap.getByTestId("run").innerText(), "run 2 of 3");
  });

  test("that cannot be watched says why, and the command runs", async () => {
    const block = await runWatched(visitor, "f() { echo inside | cat; }; f", [0], 1);
    await visitor.until(block, "completed");
    await visitor.untilShown(block, "inside");
    assert.equal(await block.getByTestId("tap").count(), 1);
    await visitor.picture("pipe-function");
  });

  test("is there again after a reload", async () => {
    const block = await runWatched(visitor, "echo kept | cat", [0], 1);
    await visitor.until(block, "completed");
    await block.getByTestId("tap-output").filter({ hasText: "kept" }).waitFor();
    await visitor.page.reload();
    await visitor.prompt.waitFor();
    await visitor.page.getByTestId("block").last().getByTestId("tap-output").filter({ hasText: "kept" }).waitFor();
  });
});

describe("a held pipe", () => {
  test("shows what waits, and lets it go on by lines or altogether", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const command = "seq 5 | while read n; do echo got $n; done";
    await visitor.prompt.fill(command);
    await untilMarked(visitor, 1);
    await marks(visitor).first().click();
    await marks(visitor).first().click();
    assert.equal(await pressed(visitor).getAttribute("aria-label"), "Pipe 1, held");
    await visitor.picture("held-prompt");
    await visitor.prompt.press("Enter");
    const block = visitor.page.getByTestId("block").first();
    const tap = block.getByTestId("tap");
    await tap.getByTestId("flow").filter({ hasText: /held\s*10 B waiting/ }).waitFor();
    await tap.getByTestId("tap-output").filter({ hasText: "5" }).waitFor();
    assert.equal((await visitor.textOf(block)).trim(), "");
    await tap.getByTestId("step").click();
    await visitor.untilShown(block, "got 1");
    await tap.getByTestId("flow").filter({ hasText: "8 B waiting" }).waitFor();
    await tap.getByTestId("lines").fill("2");
    await tap.getByTestId("lines").press("Enter");
    await visitor.untilShown(block, "got 3");
    await tap.getByTestId("flow").filter({ hasText: "4 B waiting" }).waitFor();
    assert.deepEqual((await visitor.textOf(block)).trim().split(/\s*\n/), ["got 1", "got 2", "got 3"]);
    await visitor.picture("held");
    await tap.getByTestId("lines").fill("0");
    assert.ok(await tap.getByTestId("step").isDisabled());
    await tap.getByTestId("continue").click();
    await visitor.until(block, "completed");
    assert.deepEqual((await visitor.textOf(block)).trim().split(/\s*\n/).length, 5);
    await tap.getByTestId("flow").filter({ hasText: "exit 0" }).waitFor();
    assert.equal(await tap.getByTestId("hold").count(), 0);
    await visitor.leave();
  });

  test("can be one that flows, and is still held when the page is loaded again", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await runWatched(visitor, "while echo tick; do sleep 0.02; done | cat > /dev/null", [0], 1);
    const tap = block.getByTestId("tap");
    await tap.getByTestId("flow").filter({ hasText: "flowing" }).waitFor();
    await tap.getByTestId("hold").click();
    await tap.getByTestId("flow").filter({ hasText: /held.*waiting/ }).waitFor();
    await visitor.page.reload();
    const again = visitor.page.getByTestId("block").last();
    await again.getByTestId("flow").filter({ hasText: /held.*waiting/ }).waitFor();
    await again.getByTestId("continue").click();
    await again.getByTestId("flow").filter({ hasText: "flowing" }).waitFor();
    await again.getByTestId("stdin").press("Control+c");
    await visitor.until(again, "completed");
    await visitor.leave();
  });

  test("is stepped by the keyboard alone", async () => {
    const visitor = await Visitor.paired(browser, porthole, { colorScheme: "light" });
    const { keyboard } = visitor.page;
    await keyboard.type("printf '%s\\n' one two three | cat | cat -n");
    await untilMarked(visitor, 2);
    for (const key of ["Alt+1", "Alt+1", "F9", "F9"]) await keyboard.press(key);
    assert.deepEqual(await marks(visitor).evaluateAll((all) => all.map(({ dataset }) => dataset.mode)), ["hold", "hold"]);
    await visitor.picture("held-light-prompt");
    await keyboard.press("Enter");
    const block = visitor.page.getByTestId("block").first();
    const flow = (pipe) => block.getByTestId("tap").nth(pipe).getByTestId("flow");
    await flow(0).filter({ hasText: "14 B waiting" }).waitFor();
    await visitor.untilTyping(block);
    await keyboard.press("F10");
    await flow(1).filter({ hasText: "4 B waiting" }).waitFor();
    await visitor.picture("held-light");
    await keyboard.press("F10");
    await visitor.untilShown(block, "one");
    await keyboard.press("F8");
    await flow(1).filter({ hasText: "10 B waiting" }).waitFor();
    await keyboard.press("F8");
    await visitor.until(block, "completed");
    assert.equal((await visitor.textOf(block)).trim().split("\n").length, 3);
    await visitor.leave();
  });
});

describe("pipes by the keyboard alone", () => {
  test("are watched, looked at, and the rest is run", async () => {
    const visitor = await Visitor.paired(browser, porthole, { reducedMotion: "reduce" });
    const { keyboard } = visitor.page;
    await keyboard.type("seq 30 | grep 2 | tail -1");
    await untilMarked(visitor, 2);
    await keyboard.press("Alt+1");
    await keyboard.press("F9");
    assert.equal(await pressed(visitor).count(), 2);
    await keyboard.press("Alt+2");
    await keyboard.press("Alt+2");
    assert.equal(await pressed(visitor).getAttribute("aria-label"), "Pipe 1, watched");
    await keyboard.press("Enter");
    const block = visitor.page.getByTestId("block").first();
    await visitor.until(block, "completed");
    await keyboard.press("ArrowUp");
    await untilMarked(visitor, 2);
    await pressed(visitor).waitFor();
    assert.equal(await pressed(visitor).getAttribute("aria-label"), "Pipe 1, watched");
    await keyboard.press("Control+c");
    await keyboard.press("Control+Shift+ArrowUp");
    await keyboard.press("t");
    await visitor.page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "pipe");
    await keyboard.press("Enter");
    await block.getByTestId("tap").waitFor({ state: "detached" });
    await keyboard.press("Enter");
    await block.getByTestId("tap").waitFor();
    for (let presses = 0; presses < 10; presses += 1) {
      await keyboard.press("Tab");
      if (await visitor.page.evaluate(() => document.activeElement?.getAttribute("data-testid") === "rest")) break;
    }
    await keyboard.press("Enter");
    await visitor.page.waitForFunction(() => document.activeElement?.getAttribute("data-testid") === "prompt");
    assert.equal(await visitor.prompt.inputValue(), "grep 2 | tail -1");
    await keyboard.press("Enter");
    const rest = visitor.page.getByTestId("block").nth(1);
    await visitor.until(rest, "completed");
    await visitor.untilShown(rest, "29");
    await keyboard.press("Control+Shift+ArrowUp");
    await keyboard.press("r");
    await visitor.until(visitor.page.getByTestId("block").nth(2), "completed");
    await visitor.untilShown(visitor.page.getByTestId("block").nth(2), "29");
    await visitor.leave();
  });
});

describe("on a phone", () => {
  test("pipes are tapped with a finger, and panels have room", async () => {
    const options = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
    const visitor = await Visitor.paired(browser, porthole, options);
    await visitor.prompt.fill("ls -l --color=always / | grep -v total | sort -k5 -n | tail -3");
    await untilMarked(visitor, 3);
    await marks(visitor).nth(0).tap();
    await marks(visitor).nth(2).tap();
    assert.equal(await pressed(visitor).count(), 2);
    await visitor.picture("pipes-phone-prompt");
    await visitor.page.getByText("Run", { exact: true }).tap();
    const block = visitor.page.getByTestId("block").first();
    await visitor.until(block, "completed");
    await block.getByTestId("tap-output").first().filter({ hasText: "bin" }).waitFor();
    await visitor.picture("pipes-phone");
    const wider = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${wider} pixels too wide`);
    await visitor.prompt.fill("seq 3 | cat");
    await untilMarked(visitor, 1);
    await marks(visitor).first().tap();
    await marks(visitor).first().tap();
    await visitor.page.getByText("Run", { exact: true }).tap();
    const held = visitor.page.getByTestId("block").nth(1);
    await held.getByTestId("flow").filter({ hasText: "6 B waiting" }).waitFor();
    await visitor.picture("held-phone");
    await held.getByTestId("continue").tap();
    await visitor.until(held, "completed");
    await visitor.leave();
  });
});
