import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import LongestFirst from "./scripts/vitest-order.mjs";

const wgslText = {
  name: "wgsl-text",
  enforce: "pre" as const,
  transform: (code: string, id: string) =>
    id.endsWith(".wgsl") ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined,
};
const project = (name: string, root: string) => ({
  extends: true as const,
  root,
  test: { name, include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
});

export default defineConfig({
  plugins: [wgslText],
  resolve: { conditions: ["@webfla/source", "node", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["@webfla/source", "node", "import", "module", "default"] } },
  test: {
    pool: "forks",
    setupFiles: [fileURLToPath(new URL("scripts/vitest-setup.mjs", import.meta.url))],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 2,
    maxConcurrency: 2,
    // a software driver may compile one shader for a minute
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // the default second is short for what another process or a page does on a loaded machine
    expect: { poll: { timeout: 120_000 } },
    projects: [
      ...["varlen", "ops", "reference", "wgsl", "zoo", "conformance"].map((n) => project(n, `packages/${n}`)),
      ...["bench", "cli", "playground"].map((n) => project(n, `apps/${n}`)),
    ],
  },
});
