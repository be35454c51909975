// Readme: makes the pictures that README.md shows, with the program that PORTHOLE_BIN names.

import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

const porthole = await startPorthole();
const browser = await startBrowser();

const picture = (visitor, name) =>
  visitor.page.screenshot({ path: fileURLToPath(new URL(`../screenshots/${name}.png`, import.meta.url)) });

/** A small project with a history. */
async function harbour() {
  const folder = join(porthole.folder, "harbour");
  await mkdir(join(folder, "src"), { recursive: true });
  const git = (...words) => execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.org", ...words], { cwd: folder });
  git("init", "-q");
  const files = { "Cargo.toml": "[package]\n", "README.md": "# Harbour\n", "src/main.rs": "fn main() {\n    println!(\"{}\", tide(6));\n}\n\nfn tide(hour: u32) -> f64 {\n    f64::from(hour)\n}\n" };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content);
    git("add", name);
    git("commit", "-q", "-m", `Add ${name}`);
  }
  return folder;
}

async function terminal() {
  const visitor = await Visitor.paired(browser, porthole, { viewport: { width: 1100, height: 690 } });
  await visitor.outputOf(`cd ${await harbour()}`);
  for (const line of ["git log --oneline --color=always | head -4", "ls -F --color=always", "grep -n --color=always fn src/main.rs"]) {
    await visitor.until(await visitor.run(line), "completed");
  }
  const block = await visitor.run("python3 -q -i");
  await visitor.untilShown(block, ">>>");
  await visitor.untilTyping(block);
  await visitor.page.keyboard.type("sum(range(10))");
  await visitor.page.keyboard.press("Enter");
  await visitor.untilShown(block, "45");
  await visitor.page.mouse.move(550, 20);
  await picture(visitor, "terminal");
  await visitor.page.keyboard.press("Control+d");
  await visitor.until(block, "completed");
  await visitor.leave();
}

async function pipeline() {
  const visitor = await Visitor.paired(browser, porthole, { viewport: { width: 1100, height: 690 } });
  await visitor.prompt.fill("seq 1 400 | grep 7 | sort -rn | head -4");
  await visitor.page.getByTestId("mark").nth(2).waitFor();
  await visitor.prompt.press("Alt+1");
  await visitor.prompt.press("Alt+3");
  await visitor.prompt.press("Alt+3");
  await visitor.prompt.press("Enter");
  await visitor.page.locator("[data-testid=tap][data-state=held]").waitFor();
  await visitor.page.locator("[data-testid=tap][data-state=ended]").waitFor();
  await visitor.prompt.press("F10");
  await visitor.page.getByTestId("tap").first().getByRole("log").evaluate((element) => (element.style.maxHeight = "7rem"));
  await visitor.page.getByTestId("tap").last().getByRole("log").evaluate((element) => (element.style.maxHeight = "8rem"));
  await visitor.page.mouse.move(550, 20);
  await picture(visitor, "pipeline");
  await visitor.page.keyboard.press("F8");
  await visitor.leave();
}

try {
  await terminal();
  await pipeline();
} finally {
  await browser.close();
  await porthole.stop();
}
