// The dashboard: a page, a script and a style sheet, served by Milepost at `/` under a strict content security policy.
import { defineConfig } from "vite";

export default defineConfig({
  root: "dashboard",
  base: "./",
  build: {
    outDir: "../../milepost/web/dashboard",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
  },
});
