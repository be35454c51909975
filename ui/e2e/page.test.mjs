// The page itself: its size, its look, its keys and its screens.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Visitor } from "./browser.mjs";
import { browser, porthole } from "./stage.mjs";

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
      `printf '\\033[?1049h\\033[2J\\033[5;10H\\033[38;2;250;200;101mPress a key\\033[0m'\nIFS= read -rsn1 key\nstty size > ${kept}\nprintf '%s' "$key" >> ${kept}\n` +
        `printf '\\033[?1049l'\necho "pressed $key"\n`,
    );
    await visitor.page.getByTestId("as-screen").click();
    const block = await visitor.run(`bash ${program}`);
    const screen = block.getByTestId("screen");
    await screen.getByText("Press a key").waitFor();
    await visitor.page.waitForFunction(() => {
      const drawn = [...document.querySelectorAll("[data-testid=screen] span")];
      const key = drawn.find((span) => span.textContent.includes("Press a key"));
      return key && getComputedStyle(key).color === "rgb(250, 200, 101)";
    });
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

  test("keys that are typed before the terminal is there reach the program, and none goes to the prompt", async () => {
    const visitor = await Visitor.open(browser, porthole);
    let deliver;
    const held = new Promise((resolve) => (deliver = resolve));
    let asked;
    const wanted = new Promise((resolve) => (asked = resolve));
    await visitor.page.route(/\/assets\/screen-.*\.js$/, async (route) => {
      asked();
      await held;
      await route.fallback();
    });
    await visitor.pair(porthole.token);
    await visitor.prompt.waitFor();
    const block = await visitor.run("vim -Nu NONE -i NONE -n");
    await wanted;
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("ibefore");
    deliver();
    await block.getByTestId("screen").getByText("before").waitFor();
    await visitor.page.keyboard.type(" after");
    await block.getByTestId("screen").getByText("before after").waitFor();
    assert.equal(await visitor.prompt.inputValue(), "");
    await visitor.page.keyboard.press("Escape");
    await visitor.page.keyboard.type(":q!");
    await visitor.page.keyboard.press("Enter");
    await visitor.until(block, "completed");
    await visitor.leave();
  });

  test("a program that nobody knew would take the whole screen is shown as it draws, and typed into", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    await visitor.outputOf("alias edit='vim -Nu NONE -i NONE -n'");
    const block = await visitor.run("edit");
    const drawn = block.getByTestId("drawn");
    await drawn.getByText("~").first().waitFor();
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("ihello <b>");
    await drawn.getByText("hello <b>").waitFor();
    await visitor.picture("drawn");
    await visitor.page.keyboard.press("Control+[");
    await visitor.page.keyboard.type(":q!");
    await visitor.page.keyboard.press("Enter");
    await visitor.until(block, "completed");
    assert.equal(await drawn.count(), 0);
    await visitor.leave();
  });

  test("vim is there again after the page is loaded anew, and goes on", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const block = await visitor.run("vim -Nu NONE -i NONE -n");
    const screen = block.getByTestId("screen");
    await screen.getByText("~").first().waitFor();
    await visitor.untilTyping(block);
    await visitor.page.keyboard.type("ibefore");
    await screen.getByText("before").waitFor();
    await visitor.page.reload();
    const again = visitor.page.getByTestId("block").first();
    await again.getByTestId("screen").getByText("before").waitFor();
    await visitor.picture("vim-again");
    await again.getByTestId("screen").click();
    await visitor.page.keyboard.type(" after");
    await again.getByTestId("screen").getByText("before after").waitFor();
    await visitor.page.keyboard.press("Escape");
    await visitor.page.keyboard.type(":q!");
    await visitor.page.keyboard.press("Enter");
    await visitor.until(again, "completed");
    await visitor.leave();
  });

  test("what a program asks its terminal is answered once, however many tabs show it", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    // A tab that was duplicated is in the same session.
    const kept = await visitor.page.evaluate(() => ({ ...sessionStorage }));
    const other = await visitor.context.newPage();
    await other.addInitScript((all) => void Object.assign(sessionStorage, all), kept);
    await other.goto(porthole.https);
    await other.getByTestId("prompt").waitFor();
    // A tab is there from the first command on that it is told of.
    await visitor.outputOf("echo here");
    await other.getByTestId("output").getByText("here", { exact: true }).waitFor();
    const ask = "printf 'asked\\033[c'; IFS= read -rs -d c -t 20 one; IFS= read -rs -d c -t 2 two; echo; echo answers ${one:+1}${two:+2}; read -r line";
    await visitor.page.getByTestId("as-screen").click();
    const block = await visitor.run(ask);
    const screen = (page) => page.getByTestId("screen").last();
    await screen(other).getByText("asked").waitFor();
    await screen(visitor.page).getByText("answers 1", { exact: true }).waitFor();
    // The tab in which it is typed is the one that answers from then on, and what is typed arrives.
    await other.getByTestId("block").last().click();
    await other.keyboard.type("on\n");
    await visitor.until(block, "completed");
    await visitor.leave();
  });

  test("a command knows how wide the page is, also after it changed", async () => {
    const visitor = await Visitor.paired(browser, porthole);
    const wide = Number((await visitor.outputOf("stty size")).split(" ")[1]);
    const block = await visitor.run(`bash -c "trap 'echo now \\$(stty size)' WINCH; echo ready; while :; do sleep 0.1; done"`);
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

describe("inverse text", () => {
  for (const colorScheme of ["dark", "light"]) {
    test(`has its colours exchanged and can be read on the ${colorScheme} page, in lines and on a screen`, async () => {
      const visitor = await Visitor.paired(browser, porthole, { colorScheme });
      const text = "\\e[7mdefaults\\e[0m \\e[7;31mred\\e[0m \\e[7;44mon blue\\e[0m \\e[7;33;44mboth\\e[0m \\e[7;38;2;200;30;30mrgb\\e[0m \\e[31mplain\\e[0m";
      const looks = (root) => root.evaluate((element) => Object.fromEntries([...element.querySelectorAll("span")].map((span) => {
        const { color, backgroundColor } = getComputedStyle(span);
        return [span.textContent, [color, backgroundColor]];
      })));
      const lines = await visitor.run(`printf '${text}\\n'`);
      await visitor.until(lines, "completed");
      const screen = await visitor.run(`printf '\\e[?1049h\\e[2J\\e[H${text}'; read -rsn1 key; printf '\\e[?1049l'`);
      await screen.getByTestId("drawn").getByText("plain").waitFor();
      const [inLines, onScreen] = [await looks(lines.getByTestId("output")), await looks(screen.getByTestId("drawn"))];
      assert.deepEqual(onScreen, inLines);
      const { both, ...others } = inLines;
      for (const [what, [front, back]] of Object.entries(others).filter(([what]) => what !== "plain")) {
        const [one, other] = await visitor.page.evaluate(luminances, [front, back]);
        assert.ok((Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05) > 3, `${what}: ${front} on ${back}`);
      }
      assert.deepEqual(both, await visitor.page.evaluate(grounds));
      await visitor.picture(`inverse-${colorScheme}`);
      await visitor.untilTyping(screen);
      await visitor.page.keyboard.press("q");
      await visitor.until(screen, "completed");
      await visitor.leave();
    });
  }
});

/** The relative luminances of colours as the browser tells them. */
function luminances(colours) {
  return colours.map((colour) => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
}

/** What the page paints grounds of the palette's blue and yellow with. */
function grounds() {
  return ["b4", "b3"].map((name) => {
    const probe = document.createElement("span");
    probe.className = name;
    document.querySelector(".output").append(probe);
    const { backgroundColor } = getComputedStyle(probe);
    probe.remove();
    return backgroundColor;
  });
}
