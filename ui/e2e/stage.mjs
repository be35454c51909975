// A Porthole and a browser for the tests of one file: there before its first test, gone after its last one.

import { after, before } from "node:test";
import { startBrowser } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";

export let porthole;
export let browser;

before(async () => {
  porthole = await startPorthole();
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await porthole?.stop();
});
