// Names, titles, notes and messages that are made to become markup or script, in every place where the page shows them.

import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { png } from "./pictures.mjs";
import { startPorthole } from "./porthole.mjs";

const markup = `"><img src=x onerror=alert(1)><b>'`;
const script = "javascript:alert(1)";

let porthole;
let browser;
let visitor;
let folder;
const said = [];

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
  folder = join(porthole.folder, `in ${markup}`);
  await mkdir(folder);
  await writeFile(join(folder, `${markup}.txt`), markup);
  await writeFile(join(folder, `${markup}.png`), png(30, 20));
  await writeFile(join(folder, "x.svg"), '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>');
  await writeFile(join(folder, `two\nlines ${script}`), "");
  await writeFile(join(folder, script), "");
  visitor = await Visitor.paired(browser, porthole);
  visitor.page.on("dialog", (dialog) => {
    said.push(dialog.message());
    void dialog.dismiss();
  });
});

after(async () => {
  await visitor?.leave();
  await browser?.close();
  await porthole?.stop();
});

/** Nothing of it became an element, and nothing of it ran. */
async function assertHarmless() {
  const made = await visitor.page.evaluate(() => {
    const images = [...document.images].filter(({ src }) => src && !src.startsWith("data:image/"));
    const links = [...document.links].filter((link) => !/^(?:https?|mailto):$/.test(link.protocol));
    const handlers = [...document.querySelectorAll("*")].filter((each) => [...each.attributes].some(({ name }) => name.startsWith("on")));
    return [...images, ...links, ...handlers, ...document.querySelectorAll("main b, script:not([src]), iframe, svg script")].map(({ outerHTML }) => outerHTML);
  });
  assert.deepEqual(made, []);
  assert.deepEqual(said, []);
}

test("the directory, names in output and the file that is looked at are text", async () => {
  await visitor.prompt.fill(`cd "${folder.replaceAll('"', '\\"')}"`);
  await visitor.prompt.press("Enter");
  await visitor.page.waitForFunction((wanted) => document.querySelector("[data-testid=cwd]").title === wanted, folder);
  const block = await visitor.run("ls -N --hyperlink=always; ls -1b; ls -Q");
  await visitor.until(block, "completed");
  await block.getByTestId("thumbnail").first().waitFor();
  await assertHarmless();
  for (const name of [`${markup}.txt`, `${markup}.png`, "x.svg"]) {
    const named = await visitor.run(`printf '%s\\n' ${name === "x.svg" ? name : `*${name.slice(-4)}`}`);
    await visitor.until(named, "completed");
    await named.getByTestId("output").getByRole("link").first().click();
    await visitor.page.getByTestId("viewer").getByRole("heading", { name }).waitFor();
    await visitor.page.getByTestId("facts").waitFor();
    await visitor.page.getByTestId("image").or(visitor.page.getByTestId("content")).first().waitFor();
    await assertHarmless();
    await visitor.page.keyboard.press("Escape");
    await visitor.page.getByTestId("viewer").waitFor({ state: "detached" });
  }
});

test("an error that names a file is text", async () => {
  const block = await visitor.run("touch '<b>gone'; printf '%s\\n' '<b>gone'");
  await visitor.until(block, "completed");
  await rm(join(folder, "<b>gone"));
  await block.getByTestId("output").getByRole("link").first().click();
  const alert = visitor.page.getByTestId("viewer").getByRole("alert");
  await alert.waitFor();
  assert.match(await alert.innerText(), /<b>gone/);
  await assertHarmless();
  await visitor.page.keyboard.press("Escape");
  await visitor.page.getByTestId("viewer").waitFor({ state: "detached" });
});

test("the name of an upload, a note and a command are text", async () => {
  const name = markup.replaceAll("/", "_");
  await visitor.page.getByTestId("picker").setInputFiles({ name: `up ${name}`, mimeType: "text/html", buffer: Buffer.from(markup) });
  await visitor.page.locator("[data-testid=upload][data-state=done]", { hasText: "up " }).waitFor();
  await assertHarmless();
  const block = await visitor.run(`echo '${markup.replaceAll("'", "")}'`);
  await visitor.until(block, "completed");
  await block.hover();
  await block.getByTestId("note-command").click();
  await visitor.page.keyboard.type(`${markup} ${script}`);
  await visitor.page.keyboard.press("Enter");
  await block.getByText(script).first().waitFor();
  await assertHarmless();
});

test("titles, hyperlinks and images of a program are what they may be, on lines and on a screen", async () => {
  const links = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "https://a.b/\\\"onmouseover=\\\"alert(1)", "blob:https://a.b/1"];
  const linked = links.map((link) => `\\e]8;;${link}\\aclick\\e]8;;\\a`).join(" ");
  const printed = `printf "\\e]0;<img src=x onerror=alert(1)>\\a\\e]1337;File=name=PGI+;inline=1:PHN2Zz4=\\a${linked}\\n"`;
  const block = await visitor.run(printed);
  await visitor.until(block, "completed");
  await visitor.untilShown(block, "click");
  assert.equal(await block.getByTestId("output").getByRole("link", { name: "click" }).count(), 0);
  await assertHarmless();
  await visitor.page.getByTestId("as-screen").click();
  // Below the head of the block, which stays where it is.
  const drawn = await visitor.run(`printf '\\n\\n\\n\\n\\n\\n'; ${printed}; read -r line`);
  const screen = drawn.getByTestId("screen");
  await screen.getByText("click").first().waitFor();
  // The terminal draws anew what is pointed at.
  const { x, y, height } = await screen.getByText("click").first().boundingBox();
  await visitor.page.mouse.click(x + 8, y + height / 2);
  await assertHarmless();
  assert.equal(visitor.context.pages().length, 1);
  await visitor.page.keyboard.press("Enter");
  await visitor.until(drawn, "completed");
});
