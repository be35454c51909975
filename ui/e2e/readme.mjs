// Readme: makes the picture of a watched pipeline that README.md shows, with the program that PORTHOLE_BIN names.

import { fileURLToPath } from "node:url";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

const porthole = await startPorthole();
const browser = await startBrowser();
try {
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
  await visitor.page.mouse.move(5, 300);
  await visitor.page.screenshot({ path: fileURLToPath(new URL("../screenshots/pipeline.png", import.meta.url)) });
  await visitor.page.keyboard.press("F8");
  await visitor.leave();
} finally {
  await browser.close();
  await porthole.stop();
}
