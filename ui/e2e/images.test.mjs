// Images that commands print: shown where they stand, opened large, and words where they cannot be shown.

import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { drawn, gif, png } from "./pictures.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;
let visitor;
let folder;

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
  visitor = await Visitor.paired(browser, porthole);
  folder = join(porthole.folder, "pictures");
  await mkdir(folder);
  const photo = await drawn(visitor.page, "image/png", 1800, 900);
  for (const [name, bytes] of [
    ["photo.png", photo],
    ["b.jpg", await drawn(visitor.page, "image/jpeg", 400, 240)],
    ["c.webp", await drawn(visitor.page, "image/webp", 300, 200)],
    ["d.gif", gif(60, 40)],
    ["icon.png", png(16, 16)],
    ["cut.png", photo.subarray(0, photo.length >> 1)],
    ["bomb.png", png(20, 20, [60_000, 60_000])],
  ]) {
    await writeFile(join(folder, name), bytes);
  }
  await visitor.outputOf(`cd ${folder}`);
});

after(async () => {
  await visitor?.leave();
  await browser?.close();
  await porthole?.stop();
});

const images = (within) => within.locator("img[data-image]");
const sheet = (page) => page.getByTestId("printed");

/** Waits until so many images are there, and all of them are pictures. */
async function untilPictures(within, count, page = visitor.page) {
  await images(within).nth(count - 1).waitFor();
  await images(within).last().scrollIntoViewIfNeeded();
  for (const image of await images(within).all()) {
    await image.scrollIntoViewIfNeeded();
    await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await image.elementHandle());
  }
  assert.equal(await images(within).count(), count);
}

async function printed(command, count, from = visitor) {
  const block = await from.run(command);
  await from.until(block, "completed");
  await untilPictures(block, count, from.page);
  return block;
}

/** Waits until the picture in the sheet is the large one. */
async function untilLarge(page) {
  const large = sheet(page).locator("[data-large]");
  await large.waitFor();
  await page.waitForFunction((element) => element.complete && element.naturalWidth > 0, await large.elementHandle());
  return large;
}

describe("an image that is printed", () => {
  test("is a picture between the lines around it, in every format and in a row", async () => {
    const block = await printed("echo first; cat photo.png b.jpg c.webp; echo then; cat d.gif; echo last", 4);
    const children = await block.getByTestId("output").evaluate((output) => {
      const found = [];
      const walk = document.createTreeWalker(output, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
      while (walk.nextNode()) {
        const node = walk.currentNode;
        if (node.nodeName === "IMG") found.push(`${node.offsetWidth} x ${node.offsetHeight}`);
        else if (node.nodeType === Node.TEXT_NODE && node.nodeValue.trim()) found.push(node.nodeValue.trim());
      }
      return found;
    });
    assert.deepEqual(children, ["first", "480 x 240", "400 x 240", "300 x 200", "then", "60 x 40", "last"]);
    const alts = await images(block).evaluateAll((all) => all.map(({ alt }) => alt.replace(/, [^,]*$/, "")));
    assert.deepEqual(alts, ["image/png, 1800 x 900", "image/jpeg, 400 x 240", "image/webp, 300 x 200", "image/gif, 60 x 40"]);
    await visitor.picture("printed");
  });

  test("has its place before it is there, so that nothing moves", async () => {
    const block = await printed("cat photo.png", 1);
    const heights = await images(block).evaluate((image) => {
      const there = image.offsetHeight;
      const { src } = image;
      image.removeAttribute("src");
      const empty = image.offsetHeight;
      image.src = src;
      return [there, empty];
    });
    assert.equal(heights[1], heights[0]);
  });

  test("is opened large by a click, closed by Esc, and the keys are where they were", async () => {
    const block = await printed("cat photo.png", 1);
    await images(block).click();
    const large = await untilLarge(visitor.page);
    assert.equal(await large.evaluate((image) => image.naturalWidth), 1600);
    await sheet(visitor.page).getByText("1,800 × 900 PNG").waitFor();
    await visitor.picture("printed-large");
    await visitor.page.keyboard.press("Escape");
    await sheet(visitor.page).waitFor({ state: "detached" });
    await visitor.page.waitForFunction((image) => document.activeElement === image, await images(block).elementHandle());
    await visitor.page.keyboard.type("on");
    assert.equal(await visitor.prompt.inputValue(), "on");
    await visitor.prompt.fill("");
  });

  test("is reached, opened and left by the keyboard alone", async () => {
    const block = await printed("ls icon.png; cat b.jpg", 1);
    const { keyboard } = visitor.page;
    await keyboard.press("Control+Shift+ArrowUp");
    await keyboard.press("f");
    await visitor.page.waitForFunction(() => document.activeElement?.textContent === "icon.png");
    await keyboard.press("ArrowRight");
    await visitor.page.waitForFunction((image) => document.activeElement === image, await images(block).elementHandle());
    assert.equal(await images(block).getAttribute("role"), "button");
    await keyboard.press("Enter");
    await sheet(visitor.page).waitFor();
    await keyboard.press("Escape");
    await sheet(visitor.page).waitFor({ state: "detached" });
    await visitor.page.waitForFunction((image) => document.activeElement === image, await images(block).elementHandle());
    await keyboard.press("Escape");
    await keyboard.press("Escape");
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "prompt");
  });

  test("is saved as it was printed", async () => {
    const block = await printed("cat photo.png", 1);
    await images(block).click();
    const save = sheet(visitor.page).getByTestId("save");
    const [download] = await Promise.all([visitor.page.waitForEvent("download"), save.click()]);
    assert.match(download.suggestedFilename(), /^image-\d+-1\.png$/);
    const saved = await readFile(await download.path());
    assert.ok(saved.equals(await readFile(join(folder, "photo.png"))));
    await visitor.page.keyboard.press("Escape");
    await sheet(visitor.page).waitFor({ state: "detached" });
  });

  test("is copied as its words, at its place", async () => {
    const block = await printed("echo before; cat d.gif; echo after", 1);
    await block.click({ position: { x: 5, y: 5 } });
    await block.hover();
    await block.getByRole("button", { name: "Copy output" }).click();
    await block.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await visitor.page.evaluate(() => navigator.clipboard.readText());
    assert.match(copied, /^before\n\[image\/gif, 60 x 40, \d+(?:\.\d)? k?B\]\nafter\n$/);
  });

  test("by an inline sequence amid a text, also in parts, stands on a line of its own", async () => {
    const name = Buffer.from("my picture.png").toString("base64");
    const whole = `printf 'see \\e]1337;File=name=${name};width=40;height=auto;inline=1:%s\\a here\\n' $(base64 -w0 icon.png)`;
    const parts = `printf '\\e]1337;MultipartFile=inline=1;size=9\\a'; base64 -w200 c.webp | while read -r part; do printf '\\e]1337;FilePart=%s\\a' $part; done; printf '\\e]1337;FileEnd\\a'`;
    const block = await printed(`${whole}; ${parts}; echo end`, 2);
    assert.equal((await visitor.textOf(block)).replaceAll("\n", "|"), "see || here||end|");
    assert.equal(await images(block).first().evaluate((image) => `${image.offsetWidth} x ${image.offsetHeight}`), "320 x 320");
  });

  test("and cannot be shown is a line that says why, and what follows is there", async () => {
    const lines = (await visitor.outputOf("cat bomb.png; cat cut.png; echo; echo the end")).trim().split("\n");
    assert.match(lines[0], /^\[image\/png, \d+ B, not shown: 60000 x 60000 pixels are too many\]$/);
    assert.match(lines[1], /^\[image\/png, [\d.]+ kB, not shown: it breaks off\]/);
    assert.equal(lines.at(-1), "the end");
    await visitor.picture("printed-broken");
  });

  test("into a watched pipe is a picture in its panel, too", async () => {
    await visitor.prompt.fill("cat c.webp | cat > /dev/null");
    const mark = visitor.page.getByTestId("mark");
    await mark.click();
    const count = await visitor.page.getByTestId("block").count();
    await visitor.prompt.press("Enter");
    const block = visitor.page.getByTestId("block").nth(count);
    await visitor.until(block, "completed");
    const tap = block.getByTestId("tap-output");
    await untilPictures(tap, 1);
    await visitor.picture("printed-tapped");
    await images(tap).click();
    await untilLarge(visitor.page);
    await sheet(visitor.page).getByText("300 × 200 WebP").waitFor();
    await visitor.page.keyboard.press("Escape");
    await sheet(visitor.page).waitFor({ state: "detached" });
  });
});

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["phone", { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
]) {
  test(`${name}: a printed image has its place, small and large`, async () => {
    const other = await Visitor.paired(browser, porthole, options);
    await other.outputOf(`cd ${folder}`);
    const block = await printed("echo before; cat photo.png icon.png; echo after", 2, other);
    await other.picture(`${name}-printed`);
    const wider = () => other.page.evaluate(() => {
      const roots = [document.documentElement, ...document.querySelectorAll("[data-testid=feed], dialog .sheet")];
      return Math.max(...roots.map((root) => root.scrollWidth - root.clientWidth));
    });
    assert.ok((await wider()) <= 0, "the page is too wide");
    const shape = await images(block).first().evaluate((image) => image.offsetWidth / image.offsetHeight);
    assert.ok(Math.abs(shape - 2) < 0.05, `${shape}`);
    await (options.hasTouch ? images(block).first().tap() : images(block).first().click());
    await untilLarge(other.page);
    await other.picture(`${name}-printed-large`);
    assert.ok((await wider()) <= 0, "the sheet is too wide");
    await other.page.keyboard.press("Escape");
    await sheet(other.page).waitFor({ state: "detached" });
    await other.leave();
  });
}
describe("an image that a program shows as imgcat does", () => {
  const imgcat = (name, more) =>
    `printf '\\e]1337;File=name=%s;inline=1;${more.replace("%", "%%")}:%s\\a\\n' "$(printf %s ${name} | base64)" "$(base64 -w0 ${name})"`;

  test("has the size and the name that were asked for", async () => {
    for (const [more, width, height] of [
      ["width=20;height=auto", 160, 80],
      ["height=64px", 128, 64],
      ["width=200px;height=50px;preserveAspectRatio=0", 200, 50],
      ["width=9999999999px", 480, 240],
    ]) {
      const block = await printed(imgcat("photo.png", more), 1);
      const image = images(block).first();
      const box = await image.boundingBox();
      assert.deepEqual([Math.round(box.width), Math.round(box.height)], [width, height], more);
      assert.match(await image.getAttribute("alt"), /^photo\.png: image\/png, 1800 x 900, /);
    }
    await visitor.picture("imgcat");
  });

  test("is as wide as the terminal where it is to be, and sharp there", async () => {
    const block = await printed(imgcat("photo.png", "width=100%"), 1);
    const image = images(block).first();
    const { width } = await image.boundingBox();
    const room = await block.getByTestId("output").evaluate((output) => output.clientWidth);
    assert.ok(width > room * 0.85 && width <= room, `${width} of ${room}`);
    assert.ok((await image.evaluate(({ naturalWidth }) => naturalWidth)) >= Math.min(width, 1024) - 1);
    await visitor.picture("imgcat-wide");
  });
});
