import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createCpu } from "@webfla/reference";
import { byteTokenizer, generate, loadModel } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import { root, run } from "../workspace-files";

const playground = join(root, "apps/playground");
export const checkpoint = join(root, "packages/conformance/fixtures/checkpoints/gdn-byte");

/** Builds the playground as its own script does, into a folder. */
export async function buildPlayground(folder: string): Promise<void> {
  const vite = dirname(createRequire(join(playground, "package.json")).resolve("vite/package.json"));
  const args = [join(vite, "bin/vite.js"), "build", "--outDir", folder, "--emptyOutDir"];
  const { code, output } = await run(process.execPath, args, { cwd: playground });
  if (code !== 0) throw new Error(`buildPlayground: vite must build it, got exit ${code}: ${output}`);
}

export interface Sampling {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** The continuation of each prompt on the CPU, as text. */
export async function continued(prompts: readonly string[], sampling: Sampling): Promise<string[]> {
  const ops = createCpu();
  const files = await openDirectory(checkpoint);
  const model = await loadModel(ops, files);
  const continuations: number[][] = prompts.map(() => []);
  const made = generate(model, {
    ...sampling,
    prompts: prompts.map((prompt) => byteTokenizer.encode(prompt)),
    stopTokens: [byteTokenizer.eos],
  });
  for await (const { sequence, token } of made) continuations[sequence]!.push(token);
  model.dispose();
  await files.close();
  ops.dispose();
  return continuations.map((tokens) => byteTokenizer.decode(tokens));
}
