// Pages that tests open: the chart alone, and a host for the MCP App. Never shipped; the tests say where they go.
import { defineConfig } from "vite";

const page = (name: string) => new URL(`harness/${name}/index.html`, import.meta.url).pathname;

export default defineConfig({
  root: "harness",
  base: "./",
  build: { target: "es2022", modulePreload: false, emptyOutDir: true, rolldownOptions: { input: { chart: page("chart"), host: page("host") } } },
});
