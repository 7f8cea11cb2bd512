import type { Tensor } from "@webfla/ops";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { type Layer, Model, type ModelState, parameterTable, positionsOf, readConfig } from "@webfla/zoo";
import type { Case, Size, Work } from "../cases/case";
import { type Drawn, type Input, type Recipe, signed } from "../cases/draw";

// sums of many layers
const tolerance = { f32: 1e-4, f16: 2e-2 };

interface Sizes {
  readonly hidden: number;
  readonly heads: number;
  readonly layers: number;
  readonly vocabulary: number;
}

// K = V = hidden / heads, in each configuration's words
const widths: Readonly<Record<string, (headDim: number) => object>> = {
  retnet: () => ({ expand_k: 1, expand_v: 1 }),
  gla: () => ({ expand_k: 1, expand_v: 1 }),
  delta_net: () => ({ expand_k: 1, expand_v: 1 }),
  gated_deltanet: (head_dim) => ({ head_dim, expand_v: 1 }),
  kda: (head_dim) => ({ head_dim, expand_v: 1 }),
  rwkv7: (head_dim) => ({ head_dim }),
};

const config = (type: string, { hidden, heads, layers, vocabulary }: Sizes) => ({
  model_type: type,
  hidden_size: hidden,
  num_heads: heads,
  num_hidden_layers: layers,
  vocab_size: vocabulary,
  ...widths[type]!(hidden / heads),
});

const scaled = (input: Input, factor: number): Input => ({
  ...input,
  row: (row, random) => {
    input.row(row, random);
    for (let i = 0; i < row.length; i++) row[i]! *= factor;
  },
});

/** Matrices small enough that rows keep their size; vectors are f32 whatever the storage. */
const parameters = (table: Readonly<Record<string, readonly number[]>>): Recipe =>
  Object.fromEntries(
    Object.entries(table).map(([name, shape]) => [
      name,
      shape.length > 1 ? scaled(signed(shape), (shape.at(-1)! / 3) ** -0.5) : signed(shape, "f32"),
    ]),
  );

const products = (table: Readonly<Record<string, readonly number[]>>, rows: number): number =>
  Object.values(table).reduce(
    (sum, [m = 0, n = 0, ...more]) => sum + (more.length ? 0 : 2 * m * n * rows),
    0,
  );

function layerWork(layer: Layer, hidden: number, varlen: Varlen): Work {
  const T = varlen.totalTokens;
  return {
    inputs: { x: signed([T, hidden]), ...parameters(layer.parameters) },
    run: (ops, inputs) =>
      ops.scope(() => {
        const context = { varlen, positions: positionsOf(varlen), shared: {}, wantState: false };
        return [layer.forward(ops, (name) => inputs[name]!, inputs["x"]!, context).o];
      }),
    flops: products(layer.parameters, T),
  };
}

/** The first mixer of each kind of model, on a ragged batch. */
export const layerCases = ({ small }: Size): readonly Case[] => {
  const sizes = { hidden: small ? 32 : 2048, heads: small ? 2 : 16, layers: 1, vocabulary: 64 };
  const lengths = small ? [40, 1, 20] : [257, 1243, 1, 2595, 4096];
  return Object.keys(widths)
    .filter((type) => !small || type === "gated_deltanet")
    .map((type) => {
      const { layer } = readConfig(config(type, sizes)).branches[0]!;
      const tiny = { ...sizes, hidden: small ? 32 : 128, heads: small ? 2 : 1 };
      const checked = readConfig(config(type, tiny)).branches[0]!.layer;
      return {
        name: `${type} layer ${lengths.reduce((a, b) => a + b, 0)} × ${sizes.hidden}`,
        work: layerWork(layer, sizes.hidden, fromLengths(lengths)),
        check: layerWork(checked, tiny.hidden, fromLengths([33, 1, 40])),
        tolerance,
      };
    });
};

type Goes = "prefill" | "decode";

function modelWork(sizes: Sizes, varlen: Varlen, goes: Goes): Work {
  const architecture = readConfig(config("gated_deltanet", sizes));
  const table = parameterTable(architecture);
  const { sequences: N, totalTokens: T } = varlen;
  const D = sizes.hidden / sizes.heads;
  const state: Readonly<Record<string, Input>> = {
    recurrent: signed([N, sizes.heads, D, D], "f32"),
    ...Object.fromEntries(
      ["convQ", "convK", "convV"].map((name) => [name, signed([N, sizes.hidden, 4], "f32")]),
    ),
  };
  // a layer with a decay is one that remembers
  const remembers = architecture.branches.map(({ layer }) => "A_log" in layer.parameters);
  const memory = (i: number, name: string) => `state.${i}.${name}`;
  const states: Recipe = Object.assign(
    {},
    ...remembers.map((kept, i) =>
      kept ? Object.fromEntries(Object.entries(state).map(([name, x]) => [memory(i, name), x])) : {},
    ),
  );
  const stateOf = <T extends Tensor>(inputs: Drawn<T>): ModelState<T> => ({
    behind: new Uint32Array(N).fill(1),
    layers: remembers.map((kept, i) =>
      kept
        ? {
            tensors: Object.fromEntries(Object.keys(state).map((name) => [name, inputs[memory(i, name)]!])),
            rows: new Uint32Array(N).fill(1),
          }
        : undefined,
    ),
    dispose() {},
    [Symbol.dispose]() {},
  });
  const tokens = new Int32Array(T).map((_, t) => (t * 31) % sizes.vocabulary);
  const { [architecture.embeddingName]: _, [architecture.headName]: head, ...inner } = table;
  return {
    inputs: { ...parameters(table), ...(goes === "decode" && states) },
    sparse: [architecture.embeddingName],
    run: (ops, inputs) => {
      const model = new Model(ops, architecture, new Map(Object.entries(inputs)));
      const given = goes === "decode" ? { state: stateOf(inputs) } : {};
      const { logits, state: after } = model.forward({
        tokens,
        varlen,
        rows: "last",
        wantState: true,
        ...given,
      });
      return [logits, ...after!.layers.flatMap((layer) => Object.values(layer?.tensors ?? {}))];
    },
    flops: products(inner, T) + products({ head: head! }, N),
  };
}

/** A gated DeltaNet: a packed prompt batch to states and last logits, and one token more for many sequences. */
export const modelCases = ({ small }: Size): readonly Case[] => {
  const sizes = small
    ? { hidden: 32, heads: 2, layers: 1, vocabulary: 64 }
    : { hidden: 1024, heads: 8, layers: 12, vocabulary: 32_000 };
  const tiny = { hidden: small ? 32 : 256, heads: 2, layers: 2, vocabulary: 64 };
  const prompts = small ? [20, 40] : [512, 3072, 700, 1500, 40, 2368];
  const ones = (count: number): Varlen => fromLengths(new Array<number>(count).fill(1));
  const decodes = small ? [4] : [1, 64];
  const kinds = `${sizes.layers} layers × ${sizes.hidden}`;
  return [
    {
      name: `prefill ${prompts.reduce((a, b) => a + b, 0)} tokens, ${kinds}`,
      work: modelWork(sizes, fromLengths(prompts), "prefill"),
      check: modelWork(tiny, fromLengths([33, 1, 20]), "prefill"),
      tolerance,
    },
    ...decodes.map((count) => ({
      name: `decode ${count} sequences, ${kinds}`,
      work: modelWork(sizes, ones(count), "decode"),
      check: modelWork(tiny, ones(3), "decode"),
      tolerance,
    })),
  ];
};
