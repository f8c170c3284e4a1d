import { defineConfig, type Plugin } from "vite";

const root = (path: string) => new URL(path, import.meta.url).pathname;

/** What Django renders or serves itself: Vite bundles none of it, but a change shows at once. */
const DJANGO_FILES = ["../templates", "../static", "../catalog/static", "../accounts/static"].map(
  root,
);

function reloadWithDjango(): Plugin {
  return {
    name: "reload-with-django",
    apply: "serve",
    // Files that CSS names come from Vite, not from the page's own origin, on whatever port it runs.
    config: ({ server }) => ({ server: { origin: `http://localhost:${server?.port}` } }),
    configureServer({ watcher, ws }) {
      watcher.add(DJANGO_FILES);
      watcher.on("all", (_event, file) => {
        if (DJANGO_FILES.some((folder) => file.startsWith(`${folder}/`))) {
          ws.send({ type: "full-reload", path: "*" });
        }
      });
    },
  };
}

export default defineConfig(({ command }) => ({
  // Built, the bundle finds its own parts relative to itself, whatever STATIC_URL is.
  // Served, it answers where django-vite looks: /static/ and the prefix "frontend".
  base: command === "build" ? "./" : "/static/frontend/",
  publicDir: false,
  plugins: [reloadWithDjango()],
  server: {
    host: "localhost",
    port: 5173,
    strictPort: true,
    // X-ray reads on the page's own origin, another than this one, who sent a file and how large.
    headers: { "Server-Timing": 'served;desc="Vite"', "Timing-Allow-Origin": "*" },
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: true,
    sourcemap: true,
    target: "baseline-widely-available",
    assetsInlineLimit: 0, // every image is a file of its own: the policy allows no data: in CSS
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        main: root("src/main.ts"),
        style: root("src/main.css"),
        xray: root("src/xray.ts"), // only on pages with X-ray, and the next only on /pipeline/
        inspector: root("src/inspector.ts"),
      },
      output: {
        // Django's own format, so that one rule recognises every fingerprint: 12 hex digits.
        hashCharacters: "hex",
        entryFileNames: "[name].[hash:12].js",
        chunkFileNames: "[name].[hash:12].js",
        assetFileNames: "[name].[hash:12][extname]",
      },
    },
  },
}));
