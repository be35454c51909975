// The history in the web terminal: found again, taken, forgotten, and taken over from the shell.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;
let visitor;

before(async () => {
  porthole = await startPorthole();
  await writeFile(join(porthole.folder, "home", ".bash_history"), "make old-target\nssh somewhere\n");
  browser = await startBrowser();
  visitor = await Visitor.paired(browser, porthole);
  await visitor.outputOf("echo Alpha one");
  await visitor.outputOf("cd /usr");
  await visitor.outputOf("echo beta two");
  await visitor.outputOf("(exit 3)");
});

after(async () => {
  await visitor?.leave();
  await browser?.close();
  await porthole?.stop();
});

const search = () => visitor.page.getByTestId("search");
const found = () => visitor.page.getByTestId("found").getByRole("option");
const closed = () => search().waitFor({ state: "detached" });

async function open(text = "") {
  await visitor.prompt.fill(text);
  await visitor.prompt.press("Control+r");
  await search().waitFor();
}

/** Waits until exactly these commands are found, in this order. */
const untilFound = (...wanted) =>
  visitor.page.waitForFunction(
    (texts) => JSON.stringify([...document.querySelectorAll("[data-testid=found] code")].map((code) => code.textContent)) === JSON.stringify(texts),
    wanted,
  );

describe("Ctrl-R", () => {
  test("shows what ran, newest first, and Enter takes a line into the prompt", async () => {
    await open();
    await untilFound("(exit 3)", "echo beta two", "cd /usr", "echo Alpha one");
    await visitor.picture("history");
    await visitor.page.keyboard.type("alph");
    await untilFound("echo Alpha one");
    await visitor.page.keyboard.press("Enter");
    await closed();
    assert.equal(await visitor.prompt.inputValue(), "echo Alpha one");
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "prompt");
  });

  test("begins with what is written, also fuzzily, and Esc leaves the prompt as it was", async () => {
    await open("ehbt");
    await visitor.page.waitForFunction(() => document.querySelector("[data-testid=search]").textContent.includes("Nothing that ran"));
    await visitor.page.getByTestId("fuzzy").check();
    await untilFound("echo beta two");
    await visitor.page.keyboard.press("Escape");
    await closed();
    assert.equal(await visitor.prompt.inputValue(), "ehbt");
  });

  test("looks in this directory, and for an exit code", async () => {
    await open();
    await visitor.page.getByTestId("here").check();
    await untilFound("(exit 3)", "echo beta two");
    await visitor.page.getByTestId("code").fill("3");
    await untilFound("(exit 3)");
    await visitor.page.keyboard.press("Escape");
    await closed();
  });
});

test("a command that is forgotten is nowhere any more", async () => {
  await visitor.outputOf("echo hunter2");
  await visitor.outputOf("echo hunter2");
  await open("hunter2");
  await untilFound("echo hunter2");
  await visitor.page.keyboard.press("Shift+Delete");
  await visitor.page.getByTestId("forget-one").filter({ hasText: "Forget for good?" }).waitFor();
  await visitor.picture("history-forget");
  await visitor.page.keyboard.press("Shift+Delete");
  await visitor.page.getByText("Forgotten, with its output.").waitFor();
  await visitor.page.keyboard.press("Escape");
  await closed();
  await visitor.prompt.fill("");
  assert.equal(await visitor.page.getByTestId("block").filter({ hasText: "hunter2" }).count(), 0);
  await visitor.prompt.press("ArrowUp");
  assert.equal(await visitor.prompt.inputValue(), "(exit 3)");
  await visitor.page.reload();
  await visitor.prompt.waitFor();
  await visitor.page.getByTestId("block").first().waitFor();
  await open("hunter2");
  await visitor.page.getByText("Nothing that ran is like this.").waitFor();
  await visitor.page.keyboard.press("Escape");
  await closed();
});

test("the shell's own history is taken over where that is wanted", async () => {
  await visitor.page.getByTestId("history").click();
  await search().waitFor();
  await visitor.page.getByTestId("import").click();
  await visitor.page.getByText("2 commands of").waitFor();
  await visitor.page.getByTestId("search-text").fill("old-t");
  await untilFound("make old-target");
  await visitor.page.getByTestId("import").click();
  await visitor.page.getByText("taken over on").waitFor();
  await visitor.page.keyboard.press("Escape");
  await closed();
});

test("another browser finds the same, and its arrow keys, too", async () => {
  const other = await Visitor.paired(browser, porthole, {
    colorScheme: "light", viewport: { width: 390, height: 780 }, deviceScaleFactor: 2,
  });
  await other.page.waitForFunction(() => document.querySelector("[data-testid=cwd]").title !== "");
  await other.page.getByTestId("history").click();
  await other.page.getByTestId("found").getByText("echo Alpha one").waitFor();
  await other.picture("history-phone");
  const wider = await other.page.evaluate(() => {
    const sheet = document.querySelector("dialog .sheet");
    return sheet.scrollWidth - sheet.clientWidth;
  });
  assert.ok(wider <= 0, `${wider} pixels too wide`);
  await other.page.keyboard.press("Escape");
  await other.prompt.fill("echo Al");
  await other.prompt.press("ArrowUp");
  assert.equal(await other.prompt.inputValue(), "echo Alpha one");
  await other.leave();
});
