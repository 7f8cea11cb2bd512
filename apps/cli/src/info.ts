import { bytesPer, elements, type Tensor } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import type { Model } from "@webfla/zoo";
import type { Command } from "commander";
import { withBackend } from "./backend";
import { load } from "./checkpoint";
import { findAdapter } from "./dawn";
import { type ModelOptions, withModel } from "./options";
import { bytes, count } from "./terminal/format";
import { bold, dim } from "./terminal/paint";

interface Place {
  readonly name: string;
  readonly dtypes: readonly string[];
  /** What kernels may use beyond WebGPU's baseline. */
  readonly features: readonly string[];
}

interface Info {
  readonly modelType: string;
  readonly parameters: number;
  readonly tensors: number;
  readonly branches: number;
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Bytes of the parameters as they are stored in each type; vectors stay f32. */
  readonly parameterBytes: { readonly f32: number; readonly f16: number };
  /** Bytes that a sequence keeps after its first token, measured. */
  readonly stateBytes: number;
  readonly places: readonly Place[];
}

const optional = ["subgroups", "shader-f16", "timestamp-query", "chromium-experimental-subgroup-matrix"];

async function places(): Promise<readonly Place[]> {
  const found = await findAdapter();
  const cpu = { name: "CPU", dtypes: ["f32", "f16"], features: [] };
  if (!found) return [cpu];
  const features = optional.filter((name) => found.adapter.features.has(name as GPUFeatureName));
  const dtypes = features.includes("shader-f16") ? ["f32", "f16"] : ["f32"];
  return [cpu, { name: `WebGPU, ${found.name}${found.software ? " (software)" : ""}`, dtypes, features }];
}

function stateBytes<T extends Tensor>(model: Model<T>): number {
  return model.ops.scope(() => {
    const batch = { tokens: Int32Array.of(0), varlen: fromLengths([1]) };
    const { state } = model.forward({ ...batch, wantState: true });
    const tensors = state!.layers.flatMap((layer) => Object.values(layer?.tensors ?? {}));
    return tensors.reduce((sum, x) => sum + elements(x.shape) * bytesPer(x.dtype), 0);
  });
}

async function describe<T extends Tensor>(model: Model<T>): Promise<Info> {
  const { modelType, branches, hiddenSize, vocabSize } = model.architecture;
  const tensors = [...model.parameters.values()];
  const stored = (each: number) =>
    tensors.reduce((sum, { shape }) => sum + elements(shape) * (shape.length > 1 ? each : 4), 0);
  return {
    modelType,
    parameters: model.size.count,
    tensors: tensors.length,
    branches: branches.length,
    hiddenSize,
    vocabSize,
    parameterBytes: { f32: stored(4), f16: stored(2) },
    stateBytes: stateBytes(model),
    places: await places(),
  };
}

function print(info: Info): void {
  const { parameters, tensors, branches, hiddenSize, vocabSize, parameterBytes } = info;
  const line = (name: string, text: string) => console.log(`${dim(name.padEnd(12))}${text}`);
  console.log(bold(info.modelType));
  line("parameters", `${count(parameters)} in ${count(tensors)} tensors`);
  line(
    "shape",
    `${count(branches)} residual branches, hidden ${count(hiddenSize)}, vocabulary ${count(vocabSize)}`,
  );
  line("memory", `${bytes(parameterBytes.f32)} in f32, ${bytes(parameterBytes.f16)} in f16`);
  line("state", `${bytes(info.stateBytes)} a sequence after its first token`);
  for (const [i, { name, dtypes, features }] of info.places.entries())
    line(i ? "" : "runs on", `${name}: ${[...dtypes, ...features].join(", ")}`);
}

async function info({ json, ...options }: ModelOptions): Promise<void> {
  const found = await withBackend(options.backend, async (backend) => {
    const { model } = await load(backend, options);
    return describe(model);
  });
  if (json) console.log(JSON.stringify(found, null, 2));
  else print(found);
}

export const addInfo = (program: Command): void => {
  withModel(
    program
      .command("info")
      .description("parameters, memory and state of a checkpoint, and what runs it here"),
  ).action(info);
};
