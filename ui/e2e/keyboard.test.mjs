// Keys: the page by the keyboard, as who knows a terminal expects it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { untilRuns } from "./porthole.mjs";
import { browser, porthole } from "./stage.mjs";

describe("pairing", () => {
  test("goes on by the keyboard after a wrong token: what is pasted next takes its place", async () => {
    const visitor = await Visitor.open(browser, porthole);
    const { keyboard } = visitor.page;
    await keyboard.insertText(`${porthole.token.slice(0, -8)}AAAAAAAA`);
    await keyboard.press("Enter");
    await visitor.page.getByText("That is not the token of this Porthole.").waitFor();
    await keyboard.insertText(porthole.token);
    await keyboard.press("Enter");
    await visitor.prompt.waitFor();
    await visitor.leave();
  });
});

describe("the prompt", () => {
  test("is edited by the keys of a shell's line editor", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const { keyboard } = visitor.page;
    await visitor.prompt.focus();
    await keyboard.type("echo one two-three");
    for (const [key, text] of [
      ["Alt+Backspace", "echo one two-"],
      ["Control+w", "echo one "],
      ["Alt+b", "echo one "],
      ["Control+d", "echo ne "],
      ["Alt+d", "echo  "],
    ]) {
      await keyboard.press(key);
      assert.equal(await visitor.prompt.inputValue(), text, key);
    }
    await keyboard.press("Control+u");
    await keyboard.press("Control+k");
    assert.equal(await visitor.prompt.inputValue(), "");
    await keyboard.press("Control+d");
    await visitor.page.getByTestId("hint").getByText("The shell stays.").waitFor();
    await visitor.leave();
  });

  test("goes on in a new line where a command is not finished, unless it is to run as it is", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const { keyboard } = visitor.page;
    await visitor.prompt.focus();
    for (const line of ["for i in 1 2", "do", "  echo 'a", "b' $i"]) {
      await keyboard.type(line);
      await keyboard.press("Enter");
    }
    await visitor.page.getByTestId("hint").getByText("Not finished").waitFor();
    assert.equal(await visitor.prompt.inputValue(), "for i in 1 2\ndo\n  echo 'a\nb' $i\n");
    await keyboard.type("done");
    await keyboard.press("Enter");
    await visitor.page.getByText("b 2").waitFor();
    assert.equal(await visitor.prompt.inputValue(), "");
    await keyboard.type("echo 'as it is");
    await keyboard.press("Control+Enter");
    await visitor.page.getByText("unexpected EOF").waitFor();
    await visitor.leave();
  });

  test("says that nothing completes a word", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.prompt.fill("cat no-such-file-here");
    await visitor.prompt.press("Tab");
    await visitor.page.getByTestId("hint").getByText("Nothing completes this.").waitFor();
    await visitor.page.keyboard.type("x");
    await visitor.page.getByTestId("hint").waitFor({ state: "detached" });
    await visitor.leave();
  });

  test("scrolls the output by pages, also while the keys go to a command", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("seq 400");
    const feed = visitor.page.getByTestId("feed");
    const top = () => feed.evaluate((element) => element.scrollTop);
    const handle = await feed.elementHandle();
    const until = (check) => visitor.page.waitForFunction(check, handle);
    const end = await top();
    await visitor.prompt.press("PageUp");
    await visitor.page.getByTestId("jump").waitFor();
    assert.ok((await top()) < end - 100);
    await visitor.prompt.press("PageDown");
    await until((element) => element.scrollHeight - element.scrollTop - element.clientHeight < 40);
    const block = await visitor.run("cat");
    await visitor.untilTyping(block);
    await visitor.page.keyboard.press("Shift+PageUp");
    await visitor.page.getByTestId("jump").waitFor();
    await visitor.page.keyboard.press("Control+d");
    await visitor.until(block, "completed");
    assert.equal((await visitor.textOf(block)).trim(), "");
    await visitor.leave();
  });
});

describe("Ctrl-Z", () => {
  test("stops a command, which is said and is no failure, and fg goes on with it", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("sleep 1000");
    await visitor.untilTyping(block);
    await untilRuns(porthole, "sleep", "1000");
    await visitor.page.keyboard.press("Control+z");
    await visitor.until(block, "completed");
    assert.match(await block.getByTestId("status").innerText(), /^stopped: “fg” goes on with it/);
    assert.equal(await block.locator(".bad").count(), 0);
    const again = await visitor.run("fg");
    await visitor.untilTyping(again);
    await visitor.untilShown(again, "sleep 1000");
    await visitor.page.keyboard.press("Control+c");
    await visitor.until(again, "completed");
    await visitor.leave();
  });
});

describe("the keys", () => {
  test("are listed by F1, by a button and by a question mark on a block, and each leads back to where one was", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const { keyboard } = visitor.page;
    const help = visitor.page.getByTestId("help");
    const closed = async () => {
      await help.getByText("search everything that ran").waitFor();
      await keyboard.press("Escape");
      await help.waitFor({ state: "detached" });
    };
    await visitor.page.getByText("it shows what flows through").waitFor();
    await visitor.picture("empty");
    await visitor.prompt.press("F1");
    await help.waitFor();
    await visitor.picture("help");
    await closed();
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "prompt");
    await visitor.page.getByTestId("keys").click();
    await closed();
    const block = await visitor.run("true");
    await visitor.until(block, "completed");
    await keyboard.press("Control+Shift+ArrowUp");
    await keyboard.press("?");
    await closed();
    await visitor.page.waitForFunction((element) => document.activeElement === element, await block.elementHandle());
    await visitor.leave();
  });
});

describe("on a block", () => {
  test("z folds the output, which is still copied, and unfolds it", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("seq 300");
    await visitor.until(block, "completed");
    const height = () => block.evaluate((element) => element.clientHeight);
    const whole = await height();
    await visitor.page.keyboard.press("Control+Shift+ArrowUp");
    await visitor.page.keyboard.press("z");
    await block.getByTestId("status").getByText("folded").waitFor();
    assert.ok((await height()) < 100);
    await visitor.picture("folded");
    await visitor.page.keyboard.press("o");
    await visitor.page.getByText("Copied").waitFor();
    assert.equal((await visitor.page.evaluate(() => navigator.clipboard.readText())).split("\n").length, 301);
    await visitor.page.keyboard.press("z");
    await visitor.page.waitForFunction(([element, wanted]) => element.clientHeight === wanted, [await block.elementHandle(), whole]);
    await block.getByTestId("fold").click();
    await block.getByTestId("status").getByText("folded").waitFor();
    await visitor.leave();
  });

  test("e leads to the failure before it", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const failed = await visitor.run("(exit 3)");
    await visitor.until(failed, "completed");
    await visitor.outputOf("seq 100");
    await visitor.outputOf("true");
    await visitor.page.keyboard.press("Control+Shift+ArrowUp");
    await visitor.page.keyboard.press("e");
    await visitor.page.waitForFunction((element) => document.activeElement === element, await failed.elementHandle());
    await visitor.leave();
  });
});
