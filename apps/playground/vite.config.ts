import { fileURLToPath } from "node:url";
import { defaultClientConditions, defineConfig } from "vite";
import { checkpoint } from "./vite/checkpoint";
import { documents } from "./vite/documents";
import { results } from "./vite/results";
import { wgslText } from "./vite/wgsl-text";

const gdnByte = fileURLToPath(
  new URL("../../packages/conformance/fixtures/checkpoints/gdn-byte", import.meta.url),
);
const measured = fileURLToPath(new URL("../bench/results", import.meta.url));

export default defineConfig({
  base: "./",
  resolve: { conditions: ["@webfla/source", ...defaultClientConditions] },
  plugins: [
    wgslText(),
    documents(),
    results(measured),
    checkpoint({ folder: gdnByte, path: "checkpoints/gdn-byte" }),
  ],
  worker: { format: "es", plugins: () => [wgslText()] },
  build: { target: "es2022", chunkSizeWarningLimit: 1000 },
});
