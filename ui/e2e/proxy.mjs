// Proxy: lies between browser and server, and cuts, or hangs, what goes through it.

import { once } from "node:events";
import { connect, createServer } from "node:net";

/** Another address of this machine, so that the port, and with it the name of the server, stays the same. */
export const address = "127.0.0.2";

/** Chromium with this argument finds the server behind the proxy. */
export const throughProxy = `--host-resolver-rules=MAP localhost ${address}`;

/**
 * Forwards to the server of that page.
 *
 * @param {{https: string}} porthole
 */
export async function startProxy(porthole) {
  const { port } = new URL(porthole.https);
  const pairs = new Set();
  const hanging = new Set();
  let bytes = () => Number.POSITIVE_INFINITY;
  let cuts = 0;
  const server = createServer((client) => {
    const forwarded = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
    const pair = { client, forwarded, left: bytes() };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      forwarded.destroy();
    };
    for (const [from, to] of [[client, forwarded], [forwarded, client]]) {
      from.setNoDelay(true);
      from.on("error", end);
      from.on("end", () => to.end());
      from.on("data", (data) => {
        pair.left -= data.length;
        if (pair.left >= 0) {
          if (!to.write(data)) from.pause();
          return;
        }
        // The byte at which it is cut lies anywhere in what was to go through.
        to.write(data.subarray(0, data.length + pair.left), () => {
          cuts += 1;
          end();
        });
      });
      to.on("drain", () => from.resume());
    }
  });
  server.listen(Number(port), address);
  await once(server, "listening");
  return {
    url: `https://localhost:${port}/`,
    get cuts() {
      return cuts;
    },
    /** Cuts every further connection after as many bytes as `choose` says. */
    cutAfter(choose) {
      bytes = choose;
    },
    /** Lets nothing through any more on the connections that are open, and tells nobody. */
    hang() {
      for (const { client, forwarded } of pairs) {
        client.pause();
        forwarded.pause();
        hanging.add(client).add(forwarded);
      }
      pairs.clear();
    },
    /** Cuts the connections that are open. */
    cut() {
      for (const { client, forwarded } of pairs) {
        client.destroy();
        forwarded.destroy();
      }
      pairs.clear();
    },
    stop() {
      this.cut();
      for (const socket of hanging) socket.destroy();
      server.close();
    },
  };
}
