import { compileAll, kernelCatalogue } from "@webfla/wgsl";
import { nullDevice } from "./adapters/open";

const { baseline, matrices } = kernelCatalogue();
const compiled = [
  await compileAll(await nullDevice(), baseline),
  await compileAll(await nullDevice({ matrices: true }), matrices),
];
const total = (count: (of: (typeof compiled)[number]) => number): number =>
  compiled.reduce((sum, of) => sum + count(of), 0);
const errors = compiled.flatMap((c) => c.errors);
const pipelines = total((c) => c.pipelines);
for (const message of new Set(errors.map((e) => e.message))) console.error(message);
console.log(
  `${baseline.length} specialisations and ${matrices.length} with matrices, ${pipelines} shaders, ${errors.length} failed, ${total((c) => c.milliseconds).toFixed(0)} ms`,
);
process.exit(errors.length > 0 || pipelines === 0 ? 1 : 0);
