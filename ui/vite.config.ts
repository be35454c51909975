// The build of the two pages, the development server, and the unit tests.

import { readFileSync, renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vitest/config";

const pages = ["terminal", "tray"];
const { version } = JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string };

/** Each page has its own folder, and is the index of that folder. */
function pageAsIndex(folder: string, page: string): Plugin {
  return {
    name: "porthole-page-as-index",
    apply: "build",
    writeBundle() {
      renameSync(`${folder}/${page}.html`, `${folder}/index.html`);
    },
  };
}

// `vite build --mode terminal` and `vite build --mode tray` build the two pages.
export default defineConfig(({ mode, command }) => {
  const building = command === "build";
  if (building && !pages.includes(mode)) {
    throw new Error(`"vite build" needs --mode ${pages.join(" or --mode ")}`);
  }
  const folder = fileURLToPath(new URL(`./dist/${mode}`, import.meta.url));
  return {
    define: { __VERSION__: JSON.stringify(version) },
    plugins: [svelte(), pageAsIndex(folder, mode)],
    build: {
      outDir: folder,
      emptyOutDir: true,
      assetsInlineLimit: 0,
      target: "es2022",
      modulePreload: { polyfill: false },
      rollupOptions: { input: fileURLToPath(new URL(`./${mode}.html`, import.meta.url)) },
    },
    // Under `npm run dev` the page speaks with the Porthole that runs on this machine.
    server: {
      proxy: {
        "/ws": { target: "wss://localhost:7867", ws: true, secure: false, changeOrigin: true, rewriteWsOrigin: true },
      },
    },
    test: { environment: "node", include: ["src/**/*.test.ts"] },
  };
});
