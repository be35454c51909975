// What axe finds wrong with the page in its main states, for people who see little, nothing, or use no pointer.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;
let axe;

before(async () => {
  axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
  porthole = await startPorthole();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await porthole?.stop();
});

/** Fails where axe finds something in the page as it is now; `rules` are all of them, or the named ones. */
async function sound(visitor, state, rules) {
  // Page scripts are forbidden by the policy; what the debugger evaluates is not.
  await visitor.page.evaluate(axe);
  const found = await visitor.page.evaluate(async (only) => {
    const options = { resultTypes: ["violations"], ...(only ? { runOnly: { type: "rule", values: only } } : {}) };
    const { violations } = await globalThis.axe.run(document, options);
    return violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, any }) => `    ${html.slice(0, 200)}  ${any[0]?.message ?? ""}`).join("\n")}`);
  }, rules);
  assert.deepEqual(found, [], `${state}:\n${found.join("\n")}`);
}

/** Commands that ended, failed, are folded and run, and pipes in the prompt. */
async function fill(visitor) {
  await visitor.outputOf("cd /; ls -d --color=always /etc /bin/sh");
  await visitor.outputOf("(exit 3)");
  const folded = await visitor.run("seq 30 | sort");
  await visitor.until(folded, "completed");
  await folded.getByTestId("fold").click();
  const running = await visitor.run("read -r line");
  await visitor.untilTyping(running);
  return running;
}

describe("nothing is wrong", () => {
  test("with pairing, and with a token that is none", async () => {
    const visitor = await Visitor.open(browser, porthole);
    await visitor.pair("hunter2");
    await visitor.page.getByText("A pairing token begins with ph1_").waitFor();
    await sound(visitor, "a wrong token");
    await visitor.leave();
  });

  test("with an empty terminal, with commands that ended, failed and run, and with pipes", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.page.getByText("it shows what flows through").waitFor();
    await sound(visitor, "empty");
    const running = await fill(visitor);
    await sound(visitor, "typing into a command");
    await visitor.page.keyboard.press("Control+c");
    await visitor.until(running, "completed");
    await visitor.prompt.fill("ls | grep x | wc");
    await visitor.page.getByTestId("mark").nth(1).click();
    await visitor.page.keyboard.press("Control+Shift+ArrowUp");
    await sound(visitor, "on a block, with pipes in the prompt");
    await visitor.leave();
  });

  test("with a full-screen program", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("vim -Nu NONE -i NONE -n");
    await block.locator(".xterm-rows").getByText("~").first().waitFor();
    await sound(visitor, "vim");
    await block.getByTestId("kill").click();
    await visitor.until(block, "completed");
    await visitor.leave();
  });

  test("with what opens over the terminal", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("echo found; (exit 2)");
    for (const [name, open] of [
      ["settings", () => visitor.page.getByRole("button", { name: "Settings" }).click()],
      ["help", () => visitor.page.getByTestId("keys").click()],
      ["search", () => visitor.prompt.press("Control+r")],
      ["viewer", () => visitor.page.getByTestId("cwd").click()],
    ]) {
      await open();
      const sheet = visitor.page.locator("dialog[open]");
      await sheet.waitFor();
      if (name === "search") await sheet.getByTestId("found").getByText("echo found").waitFor();
      await sound(visitor, name);
      await visitor.page.keyboard.press("Escape");
      await sheet.waitFor({ state: "detached" });
    }
    await visitor.leave();
  });
});

test("text stands out from its ground in the light look, too", async () => {
  const visitor = await Visitor.open(browser, porthole, { colorScheme: "light" });
  await sound(visitor, "pairing", ["color-contrast"]);
  await visitor.pair(porthole.token);
  await visitor.prompt.waitFor();
  const running = await fill(visitor);
  await sound(visitor, "commands", ["color-contrast"]);
  await visitor.page.keyboard.press("Control+c");
  await visitor.until(running, "completed");
  await visitor.page.getByRole("button", { name: "Settings" }).click();
  await visitor.page.getByTestId("settings").waitFor();
  await sound(visitor, "settings", ["color-contrast"]);
  await visitor.leave();
});

test("what is chosen can be told where the person's own colours take the place of ours", async () => {
  const visitor = await Visitor.paired(browser, porthole, { forcedColors: "active" });
  await visitor.prompt.fill("ls | sort");
  const mark = visitor.page.getByTestId("mark");
  const ground = () => mark.evaluate((element) => getComputedStyle(element).backgroundColor);
  assert.notEqual(await mark.evaluate((element) => getComputedStyle(element).outlineStyle), "none");
  const before = await ground();
  await mark.click();
  await visitor.page.waitForFunction(([element, was]) => getComputedStyle(element).backgroundColor !== was, [await mark.elementHandle(), before]);
  await visitor.picture("forced");
  await visitor.leave();
});
