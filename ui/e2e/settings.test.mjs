// What people set, write and are told in the web terminal, the same in every browser.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { browser, porthole } from "./stage.mjs";

const opened = async (visitor) => {
  await visitor.page.getByRole("button", { name: "Settings" }).click();
  await visitor.page.getByTestId("settings").waitFor();
};
const closed = async (visitor) => {
  await visitor.page.keyboard.press("Escape");
  await visitor.page.getByTestId("settings").waitFor({ state: "detached" });
};
const untilTheme = (visitor, theme) => visitor.page.waitForFunction((wanted) => document.documentElement.dataset.theme === wanted, theme);

/** Another tab of the same session: it knows the session's secret, as a duplicated tab does. */
async function duplicated(visitor) {
  const page = await visitor.context.newPage();
  const secret = await visitor.page.evaluate(() => sessionStorage.getItem("porthole.session"));
  await page.addInitScript((token) => sessionStorage.getItem("porthole.session") ?? sessionStorage.setItem("porthole.session", token), secret);
  await page.goto(porthole.https);
  await page.getByTestId("prompt").waitFor();
  await page.getByTestId("connection").getByText("Connected").waitFor();
  return page;
}

describe("settings", () => {
  test("are the same in every browser, and what one changes the other follows", async () => {
    const [one, other] = [await Visitor.paired(browser, porthole), await Visitor.paired(browser, porthole)];
    await opened(one);
    await one.page.getByTestId("theme-light").check({ force: true });
    await untilTheme(one, "light");
    await untilTheme(other, "light");
    await one.page.getByTestId("fontSize").fill("19");
    await one.page.getByTestId("fontSize").press("Enter");
    await other.page.waitForFunction(() => getComputedStyle(document.querySelector("[data-testid=prompt]")).fontSize === "19px");
    const block = await other.run("echo as large");
    await other.until(block, "completed");
    assert.equal(await block.getByTestId("output").evaluate((element) => getComputedStyle(element).fontSize), "19px");
    await one.page.getByTestId("fontSize").fill("14");
    await one.page.getByTestId("fontSize").press("Enter");
    await one.page.getByTestId("theme-system").check({ force: true });
    await untilTheme(other, "dark");
    await one.picture("settings");
    await closed(one);
    await one.page.waitForFunction(() => document.activeElement?.textContent === "Settings");
    await one.leave();
    await other.leave();
  });

  test("that cannot be so are explained in the server's words, and change nothing", async () => {
    const visitor = await Visitor.paired(browser, porthole, { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, colorScheme: "light" });
    await opened(visitor);
    await visitor.page.getByTestId("fontSize").fill("huge");
    await visitor.page.getByTestId("fontSize").press("Enter");
    const problem = visitor.page.getByRole("alert");
    await problem.waitFor();
    assert.match(await problem.innerText(), /fontSize.*6.*72/);
    await visitor.picture("settings-problem");
    assert.equal(await visitor.page.evaluate(() => document.documentElement.style.getPropertyValue("--output-size")), "14px");
    const wider = await visitor.page.evaluate(() => {
      const sheet = document.querySelector("dialog .scroll");
      return sheet.scrollWidth - sheet.clientWidth;
    });
    assert.ok(wider <= 0, `${wider} pixels too wide`);
    await closed(visitor);
    await visitor.leave();
  });

  test("of output hold for the commands that come: no terminal, plain text, and no links", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await opened(visitor);
    await visitor.page.getByTestId("streams-pipes").check({ force: true });
    await visitor.page.getByTestId("format-text").check({ force: true });
    await visitor.page.getByTestId("links").uncheck();
    await visitor.page.waitForFunction(() => document.documentElement.dataset.links === "off");
    await closed(visitor);
    assert.match(await visitor.outputOf("test -t 1 || echo 'plain <b>&amp;'"), /^plain <b>&amp;\s*$/);
    const block = await visitor.run("cat");
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("typed\n");
    await visitor.page.keyboard.press("Control+d");
    await visitor.until(block, "completed");
    assert.equal((await visitor.textOf(block)).trim(), "typed");
    await opened(visitor);
    await visitor.page.getByTestId("streams-exact").check({ force: true });
    await visitor.page.getByTestId("format-html").check({ force: true });
    await visitor.page.getByTestId("links").check();
    await visitor.page.waitForFunction(() => document.documentElement.dataset.links === "on");
    await closed(visitor);
    await visitor.leave();
  });
});

describe("notes", () => {
  test("on the session, a command and a pipe are seen in every tab of the session, changed and deleted", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("seq 5");
    await visitor.until(block, "completed");
    const other = await duplicated(visitor);
    await visitor.page.keyboard.press("Control+Shift+ArrowUp");
    await visitor.page.keyboard.press("n");
    await visitor.page.keyboard.type("why five?");
    await visitor.page.keyboard.press("Enter");
    await other.getByTestId("note").getByText("why five?").waitFor();
    await visitor.page.waitForFunction((element) => document.activeElement === element, await block.elementHandle());
    await visitor.page.getByTestId("note-session").click();
    await visitor.page.keyboard.type("the session of counting");
    await visitor.page.keyboard.press("Enter");
    await other.getByTestId("note").getByText("the session of counting").waitFor();
    await visitor.prompt.fill("seq 3 | cat");
    await visitor.page.getByTestId("mark").click();
    await visitor.prompt.press("Enter");
    const piped = visitor.page.getByTestId("block").nth(1);
    await visitor.until(piped, "completed");
    await piped.getByTestId("note-pipe").click();
    await visitor.page.keyboard.type("three lines");
    await visitor.page.keyboard.press("Enter");
    await piped.getByTestId("note").getByText("three lines").waitFor();
    await visitor.picture("notes");
    await other.getByTestId("note").getByText("why five?").click();
    await other.keyboard.press("Control+a");
    await other.keyboard.type("because");
    await other.keyboard.press("Enter");
    await block.getByTestId("note").getByText("because").waitFor();
    await block.getByRole("button", { name: "Delete the note on this command" }).click();
    await other.getByTestId("note").getByText("because").waitFor({ state: "detached" });
    await visitor.page.reload();
    await visitor.page.getByTestId("note").getByText("the session of counting").waitFor();
    await visitor.leave();
  });

  test("that are too long are refused in the server's words", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.page.getByTestId("note-session").click();
    await visitor.page.getByTestId("note-text").fill("x".repeat(20_000));
    await visitor.page.keyboard.press("Enter");
    await visitor.page.getByRole("alert").waitFor();
    await visitor.page.keyboard.press("Escape");
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "prompt");
    await visitor.leave();
  });
});

describe("the end of a long command", () => {
  const icon = (visitor) => visitor.page.locator("link[rel=icon]").evaluate((link) => link.href);

  /** A page whose notifications are kept, and that can be said to be out of sight. */
  async function watched() {
    const visitor = await Visitor.paired(browser, porthole, { permissions: ["notifications"] });
    await visitor.page.evaluate(() => {
      globalThis.told = [];
      globalThis.Notification = class {
        static permission = "granted";
        static requestPermission = async () => "granted";
        constructor(title, options) {
          globalThis.told.push(options.body);
        }
        close() {}
      };
      globalThis.hide = (hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      };
    });
    await opened(visitor);
    await visitor.page.getByTestId("notifications").check();
    await visitor.page.getByTestId("longCommand").fill("1");
    await visitor.page.getByTestId("longCommand").press("Enter");
    await closed(visitor);
    return visitor;
  }

  test("is told by the browser while the page is out of sight, with its exit code", async () => {
    const visitor = await watched();
    const flag = join(porthole.folder, "end");
    await visitor.run(`sleep 1.1; until test -e ${flag}; do sleep 0.05; done; (exit 7)`);
    await visitor.page.waitForFunction(() => document.title.startsWith("sleep 1.1; until"));
    assert.match(await icon(visitor), /^data:.*f4b740/);
    await visitor.page.evaluate(() => globalThis.hide(true));
    await writeFile(flag, "");
    await visitor.page.waitForFunction(() => globalThis.told.length === 1);
    assert.match(await visitor.page.evaluate(() => globalThis.told[0]), /ended with exit code 7 after/);
    await visitor.page.waitForFunction(() => document.title.startsWith("(1)"));
    assert.match(await icon(visitor), /^data:.*e5484d/);
    await visitor.page.evaluate(() => globalThis.hide(false));
    await visitor.page.waitForFunction(() => document.title === "~ · Porthole");
    assert.match(await icon(visitor), /\/favicon\.svg$/);
    await visitor.leave();
  });

  test("is told on the page where it is scrolled away, and leads there", async () => {
    const visitor = await watched();
    const flag = join(porthole.folder, "end-2");
    const block = await visitor.run(`sleep 1.1; until test -e ${flag}; do sleep 0.05; done`);
    await visitor.untilTyping(block);
    await visitor.page.keyboard.press("Escape");
    await visitor.outputOf("seq 200");
    await writeFile(flag, "");
    const toast = visitor.page.getByTestId("toast");
    await toast.getByText("ended well after").waitFor();
    await visitor.picture("toast");
    await toast.getByText("ended well after").click();
    await visitor.page.waitForFunction((element) => document.activeElement === element, await block.elementHandle());
    assert.deepEqual(await visitor.page.evaluate(() => globalThis.told), []);
    await visitor.leave();
  });
});

describe("other tabs of the session", () => {
  test("are told of what is killed in one of them, and that one is not", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const other = await duplicated(visitor);
    const block = await visitor.run("sleep 1000");
    await other.getByTestId("block").filter({ hasText: "sleep 1000" }).waitFor();
    await block.getByTestId("kill").click();
    await visitor.until(block, "completed");
    await other.getByText("was killed in another tab or browser").waitFor();
    assert.equal(await visitor.page.getByText("was killed").count(), 0);
    await other.close();
    await visitor.leave();
  });

  test("show nothing more of what is forgotten in one of them", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("echo stays");
    await visitor.outputOf("echo goes-everywhere");
    const other = await duplicated(visitor);
    const goes = (page) => page.getByTestId("block").filter({ hasText: "goes-everywhere" });
    await goes(other).waitFor();
    await visitor.prompt.fill("goes-everywhere");
    await visitor.prompt.press("Control+r");
    await visitor.page.getByTestId("found").getByRole("option").first().waitFor();
    await visitor.page.keyboard.press("Shift+Delete");
    await visitor.page.getByTestId("forget-one").filter({ hasText: "Forget for good?" }).waitFor();
    await visitor.page.keyboard.press("Shift+Delete");
    await visitor.page.getByText("Forgotten, with its output.").waitFor();
    for (const page of [visitor.page, other]) await goes(page).waitFor({ state: "detached" });
    assert.equal(await other.getByTestId("block").filter({ hasText: "stays" }).count(), 1);
    await other.getByTestId("prompt").fill("echo goes");
    await other.getByTestId("prompt").press("ArrowUp");
    assert.equal(await other.getByTestId("prompt").inputValue(), "echo goes");
    await other.close();
    await visitor.leave();
  });
});
