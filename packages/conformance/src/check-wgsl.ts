import { compileAll, kernelCatalogue } from "@webfla/wgsl";
import { nullDevice } from "./adapters/open";

const specialisations = kernelCatalogue();
const { pipelines, milliseconds, errors } = await compileAll(await nullDevice(), specialisations);
for (const message of new Set(errors.map((e) => e.message))) console.error(message);
console.log(
  `${specialisations.length} specialisations, ${pipelines} shaders, ${errors.length} failed, ${milliseconds.toFixed(0)} ms`,
);
process.exit(errors.length > 0 || pipelines === 0 ? 1 : 0);
