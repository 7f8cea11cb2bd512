import { parameterTable, readConfig } from "@webfla/zoo";
import { type CodedDType, type TensorData, writeSafetensors } from "@webfla/zoo/safetensors";

export const config = {
  model_type: "gated_deltanet",
  hidden_size: 8,
  num_hidden_layers: 2,
  num_heads: 2,
  head_dim: 4,
  expand_v: 1,
  vocab_size: 300,
  bos_token_id: 256,
  eos_token_id: 257,
  intermediate_size: 8,
};

/** A model's parameters as a formula of their place, which every stored type holds exactly. */
export function parameters(
  of: object = config,
  dtype: CodedDType | ((name: string) => CodedDType) = "BF16",
): Map<string, TensorData> {
  return new Map(
    Object.entries(parameterTable(readConfig(of))).map(([name, shape], n) => {
      const length = shape.reduce((product, d) => product * d, 1);
      const data = Float32Array.from({ length }, (_, i) => (((i * 7 + n) % 61) - 30) / 64);
      return [name, { dtype: typeof dtype === "string" ? dtype : dtype(name), shape, data }];
    }),
  );
}

export const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** The files of a checkpoint, in one or in several files of weights. */
export function checkpointFiles(shards = 1, of: object = config): Map<string, Uint8Array> {
  const all = [...parameters(of)];
  const files = new Map([["config.json", text(of)]]);
  if (shards === 1) return files.set("model.safetensors", writeSafetensors(new Map(all), { format: "pt" }));
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shards; shard++) {
    const part = all.filter((_, i) => i % shards === shard);
    const path = `model-0000${shard + 1}-of-0000${shards}.safetensors`;
    files.set(path, writeSafetensors(new Map(part)));
    for (const [name] of part) weightMap[name] = path;
  }
  const total = all.reduce((sum, [, { data }]) => sum + 2 * data.length, 0);
  return files.set(
    "model.safetensors.index.json",
    text({ metadata: { total_size: total }, weight_map: weightMap }),
  );
}

export const asBlobs = (files: ReadonlyMap<string, Uint8Array>): Map<string, Blob> =>
  new Map([...files].map(([name, bytes]) => [name, new Blob([bytes.slice()])]));
