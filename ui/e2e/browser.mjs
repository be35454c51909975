// Browser: Chromium with the web terminal, and what a person does there.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const screenshots = process.env.PORTHOLE_SCREENSHOTS ?? fileURLToPath(new URL("./screenshots", import.meta.url));

export async function startBrowser(more = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      // A page that is put in place of the program's own comes from no address that the browser knows as local.
      ...(process.env.PORTHOLE_PAGE ? ["--disable-features=LocalNetworkAccessChecks"] : []),
      ...more,
    ],
  });
}

/** The web terminal in a browser profile of its own. */
export class Visitor {
  /** What the page complained about; a test that expects nothing of it checks that it is empty. */
  complaints = [];
  /** What a test expects the page to complain about. */
  expected = null;

  /**
   * @param {import("playwright-core").Browser} browser
   * @param {{https: string, token: string}} porthole
   * @param {import("playwright-core").BrowserContextOptions} [options]
   */
  static async open(browser, porthole, options = {}) {
    const context = await browser.newContext({
      ignoreHTTPSErrors: true,
      colorScheme: "dark",
      viewport: { width: 1280, height: 800 },
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(30_000);
    const visitor = new Visitor();
    visitor.context = context;
    visitor.porthole = porthole;
    await context.addInitScript(connectionsThatCanBeCut);
    await servePage(context, porthole);
    visitor.page = await context.newPage();
    visitor.page.on("console", (message) => {
      if (message.type() === "error") visitor.complain(message.text());
    });
    visitor.page.on("pageerror", (error) => visitor.complain(String(error)));
    await visitor.page.goto(porthole.https);
    return visitor;
  }

  /** The same, paired already. */
  static async paired(browser, porthole, options) {
    const visitor = await Visitor.open(browser, porthole, options);
    await visitor.pair(porthole.token);
    await visitor.prompt.waitFor();
    return visitor;
  }

  complain(text) {
    if (!this.expected?.test(text)) this.complaints.push(text);
  }

  get prompt() {
    return this.page.getByTestId("prompt");
  }

  async pair(token) {
    await this.page.getByTestId("token-input").fill(token);
    await this.page.getByTestId("pair").click();
  }

  /** Types a command into the prompt; gives its block. */
  async run(command) {
    const count = await this.page.getByTestId("block").count();
    await this.prompt.fill(command);
    await this.prompt.press("Enter");
    const block = this.page.getByTestId("block").nth(count);
    await block.waitFor();
    return block;
  }

  /** Types a command, waits for its end and gives what it printed. */
  async outputOf(command) {
    const block = await this.run(command);
    await this.until(block, "completed");
    return this.textOf(block);
  }

  /** What a block shows, also of the parts that are scrolled out of sight. */
  async textOf(block) {
    return (await block.getByTestId("output").textContent()) ?? "";
  }

  /** Waits until a block is in a phase. */
  async until(block, phase) {
    await this.page.waitForFunction(
      ([element, wanted]) => element.dataset.phase === wanted,
      [await block.elementHandle(), phase],
    );
  }

  /** Waits until a block shows a text. */
  async untilShown(block, text) {
    await block.getByTestId("output").filter({ hasText: text }).waitFor();
  }

  /** Waits until the keys go to a running command. */
  async untilTyping(block) {
    await this.page.waitForFunction((element) => element.contains(document.activeElement), await block.elementHandle());
  }

  /** Cuts the connection, and every further one until `mend`. */
  async cut() {
    await this.page.evaluate(() => globalThis.cutConnections());
  }

  async mend() {
    await this.page.evaluate(() => globalThis.mendConnections());
  }

  async picture(name) {
    await mkdir(screenshots, { recursive: true });
    await this.page.screenshot({ path: `${screenshots}/${name}.png` });
  }

  /** Ends the visit; the page must have had nothing to complain about. */
  async leave() {
    await this.context.close();
    assert.deepEqual(this.complaints, []);
  }
}

/**
 * With PORTHOLE_PAGE, the folder of a built page, that page is shown in place of the one in the program, under the same
 * policy: who works on the page need not build the program.
 */
async function servePage(context, porthole) {
  const folder = process.env.PORTHOLE_PAGE;
  if (!folder) return;
  const policy = await readFile(new URL("../csp.txt", import.meta.url), "utf8");
  const types = { html: "text/html", js: "text/javascript", css: "text/css", svg: "image/svg+xml" };
  const host = new URL(porthole.https).host;
  await context.route(
    (url) => url.host === host && /^\/(?:$|assets\/|favicon)/.test(url.pathname),
    async (route) => {
      const { pathname } = new URL(route.request().url());
      const file = pathname === "/" ? "/index.html" : pathname;
      const contentType = types[file.split(".").at(-1)] ?? "application/octet-stream";
      await route.fulfill({ body: await readFile(folder + file), contentType, headers: { "content-security-policy": policy.trim() } });
    },
  );
}

function connectionsThatCanBeCut() {
  const open = new Set();
  let isCut = false;
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given) {
      if (isCut) throw new Error("the network is down");
      super(...given);
      open.add(this);
    }
  };
  globalThis.cutConnections = () => {
    isCut = true;
    for (const socket of open) socket.close();
    open.clear();
  };
  globalThis.mendConnections = () => {
    isCut = false;
  };
}
