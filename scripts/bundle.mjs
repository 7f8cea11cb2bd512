// Bundles what runs on a machine with Node and no workspace: node scripts/bundle.mjs FOLDER [NAME...]
// Beside a bundle there must be the package "webgpu", and for bench --ort "onnxruntime-web".
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const at = (path) => join(root, path);
const entries = {
  bench: at("apps/bench/src/main.ts"),
  webfla: at("apps/cli/src/main.ts"),
  "on-device": at("packages/conformance/src/on-device.ts"),
};
const [folder, ...names] = process.argv.slice(2);
if (!folder)
  throw new Error(
    `bundle: a folder must be named, got none. Say where ${Object.keys(entries).join(", ")} go.`,
  );

// the corpora read files beside their code: here they are read once, and travel as text
const require = createRequire(at("apps/cli/package.json"));
const corpora = {
  name: "corpora-as-text",
  setup(b) {
    const filter = /^@stdlib\/datasets-/;
    b.onResolve({ filter }, ({ path }) => ({ path, namespace: "corpus" }));
    b.onLoad({ filter, namespace: "corpus" }, ({ path }) => ({
      contents: `const texts = ${JSON.stringify(require(path)())}; export default ({ name } = {}) => texts.filter((t) => !name || t.name === name);`,
    }));
  },
};

await build({
  entryPoints: Object.fromEntries(
    Object.entries(entries).filter(([name]) => !names.length || names.includes(name)),
  ),
  outdir: resolve(folder),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minifyWhitespace: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@webfla/source"],
  loader: { ".wgsl": "text" },
  plugins: [corpora],
  external: ["webgpu", "canvas", "onnxruntime-web/*"],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  logLevel: "warning",
});
