// Tab in the prompt: what the word at the caret can become, as the session's shell knows it.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;
let visitor;

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
  const folder = join(porthole.folder, "words");
  await mkdir(join(folder, "inner"), { recursive: true });
  for (const name of ["alpha.txt", "alpine.txt", "with blank.txt"]) await writeFile(join(folder, name), "");
  visitor = await Visitor.paired(browser, porthole);
  await visitor.outputOf(`cd ${folder}`);
});

after(async () => {
  await visitor?.leave();
  await browser?.close();
  await porthole?.stop();
});

const list = () => visitor.page.getByTestId("completions");
const gone = () => list().waitFor({ state: "detached" });
const untilWritten = (text) =>
  visitor.page.waitForFunction((wanted) => document.querySelector("[data-testid=prompt]").value === wanted, text);
const untilListed = (...wanted) =>
  visitor.page.waitForFunction(
    (names) => JSON.stringify([...document.querySelectorAll("[data-testid=completions] .name")].map((name) => name.textContent)) === JSON.stringify(names),
    wanted,
  );

describe("Tab", () => {
  test("completes what is clear, quoted as the shell needs it", async () => {
    await visitor.prompt.fill("cat wi");
    await visitor.prompt.press("Tab");
    await visitor.page.waitForFunction(() => /^cat (?:'with blank.txt'|with\\ blank.txt) $/.test(document.querySelector("[data-testid=prompt]").value));
    await visitor.prompt.fill("cd in");
    await visitor.prompt.press("Tab");
    await untilWritten("cd inner/");
  });

  test("lists what is not, which is chosen with the arrows and filtered by writing on", async () => {
    await visitor.prompt.fill("cat a");
    await visitor.prompt.press("Tab");
    await untilWritten("cat alp");
    await untilListed("alpha.txt", "alpine.txt");
    await visitor.picture("completions");
    await visitor.prompt.press("ArrowDown");
    await visitor.prompt.press("Enter");
    await untilWritten("cat alpine.txt ");
    await gone();
    await visitor.prompt.fill("cat a");
    await visitor.prompt.press("Tab");
    await untilListed("alpha.txt", "alpine.txt");
    await visitor.prompt.pressSequentially("h");
    await untilListed("alpha.txt");
    await visitor.prompt.press("Tab");
    await untilWritten("cat alpha.txt ");
  });

  test("is no obstacle: Esc closes the list, Enter runs then, and without a text Tab goes on to the next control", async () => {
    await visitor.prompt.fill("ls a");
    await visitor.prompt.press("Tab");
    await list().waitFor();
    await visitor.prompt.press("Escape");
    await gone();
    assert.equal(await visitor.page.getByTestId("block").count(), 1);
    await visitor.prompt.press("Control+c");
    await visitor.prompt.press("Tab");
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "as-screen");
    await visitor.prompt.focus();
  });

  test("knows what the session has defined", async () => {
    await visitor.outputOf("frobnicate() { :; }");
    await visitor.prompt.fill("frob");
    // On a busy machine the shell may not tell, however often the page asks; that is said, and Tab asks again.
    for (let written = ""; written !== "frobnicate "; written = await visitor.prompt.inputValue()) {
      await visitor.prompt.press("Tab");
      await visitor.page.waitForFunction(
        () =>
          document.querySelector("[data-testid=prompt]").value === "frobnicate " ||
          document.querySelector("[data-testid=hint]")?.textContent === "Nothing completes this.",
      );
    }
    await visitor.prompt.fill("");
  });
});

test("on a phone the list has room", async () => {
  const other = await Visitor.paired(browser, porthole, { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, colorScheme: "light" });
  await other.outputOf("cd /");
  await other.prompt.fill("ls /usr/");
  await other.prompt.press("Tab");
  await other.page.getByTestId("completions").waitFor();
  await other.picture("completions-phone");
  const wider = await other.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${wider} pixels too wide`);
  await other.leave();
});
