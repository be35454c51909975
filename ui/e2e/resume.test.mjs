// Lost connections and loads of the page while much is printed: nothing is lost, nothing comes twice.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startBrowser, Visitor } from "./browser.mjs";
import { startPorthole } from "./porthole.mjs";
import { startProxy, throughProxy } from "./proxy.mjs";

let porthole;
let browser;
let proxy;

before(async () => {
  porthole = await startPorthole();
  proxy = await startProxy(porthole);
  browser = await startBrowser([throughProxy]);
});

after(async () => {
  await browser?.close();
  proxy?.stop();
  await porthole?.stop();
});

/** The web terminal through the proxy. */
async function visit() {
  proxy.cutAfter(() => Number.POSITIVE_INFINITY);
  const visitor = await Visitor.paired(browser, { ...porthole, https: proxy.url });
  // That a connection broke is what the browser itself complains of, at times only when the visit ends.
  visitor.expected = /WebSocket connection|ERR_CONNECTION|ERR_CONTENT_LENGTH_MISMATCH/;
  return visitor;
}

const build = (lines) => `for i in $(seq 1 ${lines}); do echo "[$i] Compiling a crate of a name that is long enough"; done`;
const built = (lines) => Array.from({ length: lines }, (_, at) => `[${at + 1}] Compiling a crate of a name that is long enough\n`).join("");
/** Prints as long as the test wants it to. */
const slowly = (lines, file) => `${build(lines)}; until test -e ${file}; do echo tick; sleep 0.05; done; ${build(lines)}`;

async function expectWhole(visitor, block, lines) {
  await visitor.until(block, "completed");
  await visitor.page.waitForFunction(
    ([element, wanted]) => element.querySelector("[data-testid=output]").textContent.endsWith(wanted),
    [await block.elementHandle(), built(lines).slice(-200)],
  );
  const text = (await visitor.textOf(block)).replaceAll("tick\n", "");
  assert.equal(text.length, 2 * built(lines).length);
  assert.equal(text, built(lines) + built(lines));
}

describe("a long build", () => {
  test("arrives whole through a connection that is cut again and again", async () => {
    const visitor = await visit();
    let size = 0;
    proxy.cutAfter(() => 30_000 + ((size += 7_919) % 60_000));
    proxy.cut();
    const before = proxy.cuts;
    const block = await visitor.run(`${build(7000)}; ${build(7000)}`);
    await expectWhole(visitor, block, 7000);
    assert.ok(proxy.cuts - before >= 8, `${proxy.cuts - before} cuts`);
    proxy.cutAfter(() => Number.POSITIVE_INFINITY);
    await visitor.leave();
  });

  test("arrives whole after a connection that hangs, as soon as the network is back", async () => {
    const visitor = await visit();
    const file = `${porthole.folder}/hangs`;
    const block = await visitor.run(slowly(3000, file));
    await visitor.untilShown(block, "tick");
    proxy.hang();
    const other = await visitor.run(`touch ${file}`);
    // The browser has not noticed; the network tells that it is back.
    await visitor.page.evaluate(() => window.dispatchEvent(new Event("online")));
    await visitor.until(other, "completed");
    await expectWhole(visitor, block, 3000);
    await visitor.leave();
  });

  test("is whole after loads of the page in the midst of it", async () => {
    const visitor = await visit();
    const file = `${porthole.folder}/loads`;
    await visitor.run(slowly(3000, file));
    const blocks = visitor.page.getByTestId("block");
    for (let load = 0; load < 2; load += 1) {
      await visitor.untilShown(blocks.first(), "tick");
      await visitor.page.reload();
    }
    await visitor.prompt.waitFor();
    await visitor.run(`touch ${file}`);
    await expectWhole(visitor, blocks.first(), 3000);
    await visitor.page.reload();
    await blocks.nth(1).waitFor();
    await expectWhole(visitor, blocks.first(), 3000);
    assert.equal(await blocks.count(), 2);
    await visitor.leave();
  });

  test("that was cleared away stays away after a load", async () => {
    const visitor = await visit();
    await visitor.outputOf("echo to be cleared");
    await visitor.prompt.press("Control+l");
    await visitor.page.getByTestId("block").first().waitFor({ state: "detached" });
    await visitor.page.reload();
    await visitor.prompt.waitFor();
    await visitor.outputOf("echo after the load");
    assert.deepEqual(await visitor.page.getByTestId("command").allInnerTexts(), ["echo after the load"]);
    await visitor.leave();
  });
});

describe("a lost connection", () => {
  test("is shown quietly while the page reconnects", async () => {
    const visitor = await visit();
    await visitor.outputOf("echo here");
    proxy.cutAfter(() => 0);
    proxy.cut();
    await visitor.page.getByTestId("banner").waitFor();
    assert.equal(await visitor.page.getByTestId("connection").innerText(), "Reconnecting");
    await visitor.picture("reconnecting");
    await visitor.page.emulateMedia({ colorScheme: "light" });
    await visitor.page.setViewportSize({ width: 390, height: 800 });
    await visitor.picture("reconnecting-narrow");
    proxy.cutAfter(() => Number.POSITIVE_INFINITY);
    await visitor.page.getByRole("button", { name: "Try now" }).press("Enter");
    await visitor.page.getByTestId("banner").waitFor({ state: "detached" });
    assert.equal(await visitor.page.getByTestId("connection").innerText(), "Connected");
    await visitor.leave();
  });
});
