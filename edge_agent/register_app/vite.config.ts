import { defineConfig } from "vite";

// The agent serves `dist` with a strict Content-Security-Policy and keeps everything under
// `assets/` for a year: nothing inline, every file there named by its content.
export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The notices of what is bundled accompany every copy of it (NOTICE).
    license: { fileName: "licenses.md" },
    reportCompressedSize: true,
  },
  // `npm run dev` beside a running agent.
  server: { proxy: { "/v1": "http://127.0.0.1:8443" } },
});
