// The user's files in the web terminal: looked at where output names them, saved, and sent.

import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { png } from "./pictures.mjs";
import { startPorthole } from "./porthole.mjs";

let porthole;
let browser;
let visitor;
let folder;

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
  folder = join(porthole.folder, "things");
  await mkdir(join(folder, "inner"), { recursive: true });
  await writeFile(join(folder, "inner", "deep.txt"), "deep\n");
  await writeFile(join(folder, "notes.txt"), "first line\n<b>second</b> line\nthird line\n");
  await writeFile(join(folder, "long.log"), Array.from({ length: 100_000 }, (_, at) => `entry ${at}\n`).join(""));
  await writeFile(join(folder, "photo.png"), png(320, 200));
  visitor = await Visitor.paired(browser, porthole);
  // Listened to from the beginning, so that no chooser opens before the browser was told to hand it over.
  visitor.page.on("filechooser", () => {});
  await visitor.outputOf(`cd ${folder}`);
});

after(async () => {
  try {
    await visitor?.leave();
  } finally {
    await browser?.close();
    await porthole?.stop();
  }
});

const viewer = () => visitor.page.getByTestId("viewer");
const named = (block, name) => block.getByTestId("output").getByRole("link", { name, exact: true });
const closed = () => viewer().waitFor({ state: "detached" });

async function openNamed(command, name) {
  const block = await visitor.run(command);
  await visitor.until(block, "completed");
  await named(block, name).click();
  await viewer().waitFor();
  return block;
}

/** Drops files on the page, as a person drags them there from elsewhere. */
async function drop(...files) {
  const dragged = await visitor.page.evaluateHandle((given) => {
    const data = new DataTransfer();
    for (const { name, content } of given) data.items.add(new File([content], name));
    return data;
  }, files);
  const feed = visitor.page.getByTestId("feed");
  await feed.dispatchEvent("dragenter", { dataTransfer: dragged });
  await visitor.page.getByTestId("drop").waitFor();
  await visitor.picture("drop");
  await feed.dispatchEvent("drop", { dataTransfer: dragged });
  await visitor.page.getByTestId("drop").waitFor({ state: "detached" });
}

const upload = (name, state) => visitor.page.locator(`[data-testid=upload][data-state=${state}]`, { hasText: name });

describe("a name in output", () => {
  test("opens the file, and Esc leads back to the keys", async () => {
    await openNamed("ls", "notes.txt");
    await viewer().getByText("<b>second</b> line").waitFor();
    await visitor.picture("file");
    await visitor.page.keyboard.press("Escape");
    await closed();
    await visitor.page.keyboard.type("x");
    assert.equal(await visitor.prompt.inputValue(), "x");
    await visitor.prompt.fill("");
  });

  test("opens it also after the session went elsewhere, and at the line that is meant", async () => {
    const block = await visitor.run("printf 'long.log:70000: odd\\n'; ls long.log");
    await visitor.until(block, "completed");
    await visitor.outputOf("cd /");
    await named(block, "long.log:70000").or(named(block, "long.log").first()).first().click();
    await visitor.page.waitForFunction(() => String(getSelection()) === "entry 69999");
    await visitor.page.keyboard.press("Escape");
    await closed();
    await visitor.outputOf(`cd ${folder}`);
  });

  test("of a large file shows its beginning, then what is scrolled to, and its end", async () => {
    await openNamed("ls long.log", "long.log");
    const content = visitor.page.getByTestId("content");
    await content.getByText("entry 100\n").waitFor();
    assert.ok(!(await content.textContent()).includes("entry 99999"));
    await content.evaluate((element) => (element.scrollTop = element.scrollHeight));
    await content.getByText("entry 15000\n").waitFor();
    await visitor.page.getByTestId("to-end").click();
    await content.getByText("entry 99999").waitFor();
    await visitor.page.keyboard.press("Escape");
    await closed();
  });

  test("of an image shows the picture and its measures", async () => {
    await openNamed("ls photo.png", "photo.png");
    const image = visitor.page.getByTestId("image");
    await image.waitFor();
    await viewer().getByText("320 × 200 PNG").waitFor();
    await visitor.page.waitForFunction((element) => element.naturalWidth > 0, await image.elementHandle());
    await visitor.picture("image");
    await visitor.page.keyboard.press("Escape");
    await closed();
  });

  test("of a folder lists it, and leads into it and into the prompt", async () => {
    await openNamed("ls", "inner");
    await visitor.page.getByTestId("folder").getByText("deep.txt").waitFor();
    await visitor.picture("folder");
    await visitor.page.getByTestId("folder").getByText("deep.txt").click();
    await viewer().getByText("deep", { exact: true }).waitFor();
    await viewer().getByRole("button", { name: "things", exact: true }).click();
    await visitor.page.getByTestId("folder").getByText("photo.png").waitFor();
    await visitor.page.getByTestId("folder").getByText("inner").click();
    await viewer().getByRole("heading", { name: "inner" }).waitFor();
    await visitor.page.getByTestId("enter").click();
    await closed();
    await visitor.page.waitForFunction((wanted) => document.querySelector("[data-testid=cwd]").title === wanted, join(folder, "inner"));
    await visitor.outputOf("cd ..");
    await openNamed("ls notes.txt", "notes.txt");
    await visitor.page.getByTestId("insert").click();
    assert.equal(await visitor.prompt.inputValue(), `${join(folder, "notes.txt")} `);
    await visitor.prompt.fill("");
  });

  test("is reached by the keyboard alone", async () => {
    const block = await visitor.run("ls notes.txt photo.png");
    await visitor.until(block, "completed");
    const { keyboard } = visitor.page;
    await keyboard.press("Control+Shift+ArrowUp");
    await keyboard.press("f");
    await keyboard.press("ArrowRight");
    await visitor.page.waitForFunction(() => document.activeElement?.textContent === "photo.png");
    await keyboard.press("ArrowLeft");
    await keyboard.press("Enter");
    await viewer().getByText("third line").waitFor();
    await keyboard.press("Escape");
    await closed();
    await visitor.page.waitForFunction(() => document.activeElement?.textContent === "notes.txt");
    await keyboard.press("Escape");
    await keyboard.press("Escape");
    await visitor.page.waitForFunction(() => document.activeElement?.dataset.testid === "prompt");
  });

  test("is saved by the browser, whole", async () => {
    await openNamed("ls long.log", "long.log");
    const [download] = await Promise.all([visitor.page.waitForEvent("download"), visitor.page.getByTestId("save").click()]);
    assert.equal(download.suggestedFilename(), "long.log");
    const saved = await readFile(await download.path());
    assert.ok(saved.equals(await readFile(join(folder, "long.log"))));
    await visitor.page.keyboard.press("Escape");
    await closed();
  });

  test("that is gone meanwhile says so", async () => {
    const block = await visitor.run("touch fleeting; ls fleeting");
    await named(block, "fleeting").waitFor();
    await visitor.until(await visitor.run("rm fleeting"), "completed");
    await named(block, "fleeting").click();
    await viewer().getByRole("alert").waitFor();
    await visitor.page.keyboard.press("Escape");
    await closed();
  });
});

describe("files that are dropped on the page", () => {
  test("are sent to the session's directory", async () => {
    await drop({ name: "one.txt", content: "one" }, { name: "two.txt", content: "two" });
    await upload("one.txt", "done").waitFor();
    await upload("two.txt", "done").waitFor();
    assert.equal(await readFile(join(folder, "one.txt"), "utf8"), "one");
    assert.equal(await readFile(join(folder, "two.txt"), "utf8"), "two");
  });

  test("replace nothing without a word, and stand beside it where that is wanted", async () => {
    await writeFile(join(folder, "taken.txt"), "mine");
    await drop({ name: "taken.txt", content: "other" });
    await upload("taken.txt", "exists").waitFor();
    await visitor.picture("upload-exists");
    assert.equal(await readFile(join(folder, "taken.txt"), "utf8"), "mine");
    await upload("taken.txt", "exists").getByTestId("keep-both").click();
    await upload("taken (1).txt", "done").waitFor();
    assert.equal(await readFile(join(folder, "taken (1).txt"), "utf8"), "other");
    assert.equal(await readFile(join(folder, "taken.txt"), "utf8"), "mine");
    await drop({ name: "taken.txt", content: "newer" });
    await upload("taken.txt", "exists").getByTestId("replace").click();
    await upload("taken.txt", "done").waitFor();
    assert.equal(await readFile(join(folder, "taken.txt"), "utf8"), "newer");
  });
});

describe("files that are chosen", () => {
  test("by the keyboard are sent, with their progress, also over a connection that is lost", async () => {
    const size = 12 << 20;
    const [chooser] = await Promise.all([visitor.page.waitForEvent("filechooser"), visitor.page.keyboard.press("Alt+u")]);
    // By its path: what is handed over as bytes goes through the browser's debugger, which took a busy machine 50 s.
    await mkdir(join(porthole.folder, "chosen"));
    const chosen = join(porthole.folder, "chosen", "large.bin");
    await writeFile(chosen, Buffer.alloc(size, 7));
    await chooser.setFiles(chosen);
    await upload("large.bin", "sending").waitFor();
    await visitor.cut();
    await visitor.mend();
    await upload("large.bin", "done").waitFor();
    assert.equal((await stat(join(folder, "large.bin"))).size, size);
    assert.ok((await readFile(join(folder, "large.bin"))).every((byte) => byte === 7));
  });
});

for (const [name, options] of [
  ["light", { colorScheme: "light" }],
  ["phone", { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true }],
]) {
  test(`${name}: a file and a folder have room`, async () => {
    const other = await Visitor.paired(browser, porthole, options);
    await other.outputOf(`cd ${folder}`);
    for (const wanted of ["notes.txt", "inner", "photo.png"]) {
      const block = await other.run(`ls -d ${wanted}`);
      await other.until(block, "completed");
      await block.getByTestId("output").getByRole("link", { name: wanted }).click();
      await other.page.getByTestId("facts").waitFor();
      await other.picture(`${name}-${wanted}`);
      const wider = await other.page.evaluate(() => {
        const sheet = document.querySelector("dialog .sheet");
        return Math.max(sheet.scrollWidth - sheet.clientWidth, document.documentElement.scrollWidth - document.documentElement.clientWidth);
      });
      assert.ok(wider <= 0, `${wider} pixels too wide`);
      await other.page.keyboard.press("Escape");
      await other.page.getByTestId("viewer").waitFor({ state: "detached" });
    }
    await other.leave();
  });
}
