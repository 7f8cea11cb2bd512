import { type Ops, ShapeError, type Tensor, UnsupportedError } from "@webfla/ops";
import { createTape } from "@webfla/ops/tape";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { argumentsOf } from "../golden/arguments";
import { type Golden, type Operator, operatorOf, readGolden } from "../golden/operator";
import { type StorageType, targetOf } from "../golden/target";
import { runs } from "./runs";

/** What an operator can do, found by asking it. */
export interface Features {
  readonly name: string;
  readonly cpu: boolean;
  readonly cpuGradient: boolean;
  readonly webgpu: boolean;
  readonly webgpuGradient: boolean;
  readonly f16: boolean;
  readonly initialState: boolean;
  readonly groupedHeads: boolean;
  readonly ragged: boolean;
}

/** What an operator can do that webfla does not have. */
export const nothing: Omit<Features, "name"> = {
  cpu: false,
  cpuGradient: false,
  webgpu: false,
  webgpuGradient: false,
  f16: false,
  initialState: false,
  groupedHeads: false,
  ragged: false,
};

const forward = <T extends Tensor>(
  ops: Ops<T>,
  dtype: StorageType,
  file: TensorStore,
  golden: Golden,
  operator: Operator,
) =>
  runs(async () => {
    const { args, dispose } = await argumentsOf(targetOf(ops, dtype), file, golden, (x) => x);
    try {
      ops.scope(() => void operator(ops, args as never));
    } finally {
      dispose();
    }
  });

const backward = <T extends Tensor>(ops: Ops<T>, file: TensorStore, golden: Golden, operator: Operator) =>
  runs(async () => {
    const tape = createTape(ops);
    const { args, dispose } = await argumentsOf(targetOf(ops, "f32"), file, golden, (x, name) =>
      golden.gradients.includes(`d${name}`) ? tape.watch(x) : tape.constant(x),
    );
    try {
      const { o } = tape.ops.scope(() => operator(tape.ops, args as never)) as {
        o: Parameters<typeof tape.stopGradient>[0];
      };
      const seed = ops.full(1, o.shape);
      tape.gradients([{ of: o, seed }], []);
      seed.dispose();
      o.dispose();
    } finally {
      tape.dispose();
      dispose();
    }
  });

/** Whether twice as many value heads are taken, with the gates that then belong to value heads doubled too. */
async function groups<T extends Tensor>(
  ops: Ops<T>,
  file: TensorStore,
  golden: Golden,
  operator: Operator,
): Promise<boolean> {
  const query = file.tensors.get("q") ?? file.tensors.get("r");
  const heads = query?.shape[2];
  if (!heads || heads !== file.tensors.get("v")?.shape[2]) return false;
  const others = golden.inputs.filter((n) => !["q", "k", "r", "v"].includes(n));
  for (let chosen = 0; chosen < 2 ** others.length; chosen++) {
    const doubled = new Set(["v", ...others.filter((_, i) => chosen & (2 ** i))]);
    const { args, dispose } = await argumentsOf(targetOf(ops, "f32"), file, golden, (x, name) =>
      doubled.has(name) && x.shape.length > 1 ? ops.concat({ xs: [x, x], axis: 1 }) : x,
    );
    try {
      const shape = ops.scope(() => (operator(ops, args as never)["o"] as T).shape);
      if (shape[1] === 2 * heads) return true;
    } catch (error) {
      if (!(error instanceof ShapeError || error instanceof UnsupportedError)) throw error;
    } finally {
      dispose();
    }
  }
  return false;
}

/** Asks an operator of a golden file on the CPU and on a WebGPU device. */
export async function probe<C extends Tensor, G extends Tensor>(
  file: TensorStore,
  cpu: Ops<C>,
  gpu: Ops<G>,
): Promise<Features> {
  const golden = readGolden(file);
  const operator = operatorOf(golden.op);
  const name = golden.op;
  if (!operator) return { name, ...nothing };
  const has = (input: RegExp): boolean => golden.inputs.some((n) => input.test(n));
  return {
    name,
    cpu: await forward(cpu, "f32", file, golden, operator),
    cpuGradient: await backward(cpu, file, golden, operator),
    webgpu: await forward(gpu, "f32", file, golden, operator),
    webgpuGradient: await backward(gpu, file, golden, operator),
    f16: await forward(gpu, "f16", file, golden, operator),
    initialState: has(/^initial_|^state$|^cache$/),
    groupedHeads: await groups(cpu, file, golden, operator),
    ragged: file.tensors.has("cu_seqlens"),
  };
}
