// The page on a phone: what its keyboard has not can be touched.

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
  browser = await startBrowser();
  visitor = await Visitor.paired(browser, porthole, { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true });
});

after(async () => {
  await visitor?.leave();
  await browser?.close();
  await porthole?.stop();
});

/** Touches a key of the row that is shown. */
const touch = (name) => visitor.page.getByTestId("touch-keys").getByRole("button", { name, exact: true }).tap();

const fits = async () => {
  const wider = await visitor.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wider <= 0, `${wider} pixels too wide`);
};

describe("the keys that a phone has not", () => {
  test("complete, recall and write in the prompt", async () => {
    await visitor.outputOf("echo first");
    await visitor.prompt.tap();
    await touch("Up");
    assert.equal(await visitor.prompt.inputValue(), "echo first");
    await touch("Left");
    await touch("|");
    assert.equal(await visitor.prompt.inputValue(), "echo firs|t");
    await visitor.prompt.fill("ech");
    await touch("Tab");
    await visitor.page.waitForFunction(() => document.querySelector("[data-testid=prompt]").value.startsWith("echo"));
    await visitor.picture("touch-prompt");
    await fits();
    await touch("Escape");
    await visitor.prompt.fill("");
  });

  test("reach a program that reads lines, Ctrl with the letter that is typed next", async () => {
    const block = await visitor.run("cat");
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("a");
    await touch("/");
    await visitor.page.keyboard.type("b\n");
    await visitor.untilShown(block, "a/b");
    await touch("Ctrl");
    await visitor.picture("touch-typing");
    await fits();
    await visitor.page.keyboard.type("d");
    await visitor.until(block, "completed");
    assert.match(await visitor.textOf(block), /a\/b\s+a\/b/);
  });

  test("reach a program that has the whole screen, so that vim can be left", async () => {
    const block = await visitor.run("vim -Nu NONE -i NONE -n");
    const screen = block.getByTestId("screen");
    await screen.locator(".xterm-rows").getByText("~").first().waitFor();
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("ione two");
    await touch("Left");
    await touch("Left");
    await visitor.page.keyboard.type("X");
    await screen.getByText("one tXwo").waitFor();
    await visitor.picture("touch-screen");
    await fits();
    await touch("Escape");
    await visitor.page.keyboard.type(":q!");
    await visitor.page.keyboard.press("Enter");
    await visitor.until(block, "completed");
  });
});

/** Draws every row of its terminal, and again whenever that has another size. */
const filling = `import curses
def main(screen):
    curses.use_default_colors()
    while True:
        rows, cols = screen.getmaxyx()
        screen.erase()
        for row in range(rows):
            look = curses.A_REVERSE if row in (0, rows - 1) else 0
            screen.addnstr(row, 0, f"row {row + 1} of {rows}", cols - 1, look)
        screen.refresh()
        if screen.getch() == ord("q"):
            return
curses.wrapper(main)
`;

for (const colorScheme of ["dark", "light"]) {
  test(`${colorScheme}: a screen that is drawn in rows is in sight from its first to its last`, async () => {
    const long = join(porthole.folder, `a-program-whose-name-takes-more-than-the-first-line-of-a-phone-${colorScheme}.py`);
    await writeFile(long, filling);
    const other = await Visitor.paired(browser, porthole, { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true, colorScheme });
    await other.outputOf("seq 60");
    const block = await other.run(`python3 ${long}`);
    await other.untilTyping(block);
    await other.page.waitForFunction(() => {
      const rows = [...document.querySelectorAll("[data-testid=drawn] .row")];
      const [first, last] = [rows.at(0), rows.at(-1)];
      if (first?.textContent.trim() !== `row 1 of ${rows.length}` || last.textContent.trim() !== `row ${rows.length} of ${rows.length}`) return false;
      const feed = document.querySelector("[data-testid=feed]").getBoundingClientRect();
      const head = first.closest("article").querySelector("header").getBoundingClientRect();
      return first.getBoundingClientRect().top >= head.bottom - 1 && last.getBoundingClientRect().bottom <= feed.bottom + 1;
    });
    await other.picture(`phone-screen-${colorScheme}`);
    await other.page.keyboard.type("q");
    await other.until(block, "completed");
    await other.leave();
  });
}
