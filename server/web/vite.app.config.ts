// The MCP App: one file that holds everything, since a host shows it where nothing can be fetched.
import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

export default defineConfig({
  root: "app",
  plugins: [viteSingleFile()],
  build: { outDir: "../../milepost/web/app", emptyOutDir: true, target: "es2022" },
});
