// Pairing a browser, and coming back after a lost connection or a reload.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";
import { browser, porthole } from "./stage.mjs";

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

describe("a rotated token", () => {
  test("shuts this browser out, says so, and the new one lets it in again", async () => {
    const own = await startPorthole();
    try {
      const visitor = await Visitor.paired(browser, own);
      const block = await visitor.run("echo before; sleep 1000");
      await visitor.untilShown(block, "before");
      const token = own.rotateToken();
      await visitor.page.getByText("Porthole no longer accepts the token that this browser kept.").waitFor();
      await visitor.picture("rotated");
      await visitor.pair(token);
      await visitor.prompt.waitFor();
      assert.equal(await visitor.page.getByTestId("block").first().getAttribute("data-phase"), "lost");
      assert.match(await visitor.outputOf("echo after"), /after/);
      await visitor.leave();
    } finally {
      await own.stop();
    }
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
    // It is no news to the page that it is back itself.
    await visitor.outputOf("true");
    assert.equal(await visitor.page.getByTestId("toast").count(), 0);
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
