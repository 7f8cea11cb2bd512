import { join } from "node:path";
import { type Tensor, UnsupportedError } from "@webfla/ops";
import { fromCuSeqlens, IGNORE_INDEX, nextTokenLabels, type Varlen } from "@webfla/varlen";
import { generate, loadModel, type Model } from "@webfla/zoo";
import { openDirectory } from "@webfla/zoo/node";
import type { TensorStore } from "@webfla/zoo/safetensors";
import { compare } from "./compare";
import { type Finding, unsupported } from "./line";
import { verifyGradients } from "./model-gradients";
import { openFile } from "./open-file";
import { lossTolerances, type Target } from "./target";

const integers = async (file: TensorStore, name: string): Promise<Int32Array> =>
  Int32Array.from(await file.read(name));

const batchOf = async (file: TensorStore): Promise<{ tokens: Int32Array; varlen: Varlen }> => ({
  tokens: await integers(file, "input_ids"),
  varlen: fromCuSeqlens(await integers(file, "cu_seqlens")),
});

/** Runs a checkpoint on the packed batch of its expected.safetensors: logits, last hidden state, losses, greedy text, gradients. */
export async function* verifyModel<T extends Tensor>(
  target: Target<T>,
  directory: string,
): AsyncGenerator<Finding> {
  const expected = await openFile(join(directory, "expected.safetensors"));
  const checkpoint = await openDirectory(directory);
  try {
    const model = await loadModel(target.ops, { ...checkpoint, dtype: target.dtype });
    try {
      yield* verifyForward(target, model, expected);
      yield await verifyGreedy(target, model, expected);
      yield* verifyGradients(target, model, expected, await batchOf(expected));
    } finally {
      model.dispose();
    }
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    for (const name of ["logits", "loss", "generated"]) yield unsupported(name, error.message);
  } finally {
    await checkpoint.close();
  }
}

async function* verifyForward<T extends Tensor>(
  { ops, dtype, tolerance }: Target<T>,
  model: Model<T>,
  expected: TensorStore,
): AsyncGenerator<Finding> {
  const { tokens, varlen } = await batchOf(expected);
  const { logits, hidden } = model.forward({ tokens, varlen, wantHidden: true });
  try {
    // what FLA's GPU kernels approximate shows at 1e-4; where the file has them, the exactly rounded ones are the reference
    const exact = expected.tensors.has("logits_ieee");
    const reference = exact ? "logits_ieee" : "logits";
    yield compare(reference, await ops.read(logits), await expected.read(reference), tolerance);
    const last = lastHidden(expected);
    if (last && !exact) yield compare(last, await ops.read(hidden!), await expected.read(last), tolerance);
    for (const [name, labels] of Object.entries(losses(tokens, varlen)))
      if (expected.tensors.has(name))
        yield compare(
          name,
          [await meanLoss(model, logits, labels)],
          await expected.read(name),
          lossTolerances[dtype],
        );
  } finally {
    logits.dispose();
    hidden?.dispose();
  }
}

/** The output of the final norm: hidden_states.i with the largest i. */
const lastHidden = ({ tensors }: TensorStore): string | undefined =>
  [...tensors.keys()]
    .filter((n) => n.startsWith("hidden_states."))
    .sort()
    .at(-1);

const losses = (tokens: Int32Array, varlen: Varlen): Readonly<Record<string, Int32Array>> => ({
  loss: nextTokenLabels(tokens, varlen),
  // FLA's own loss predicts a sequence's first token from the sequence before it
  loss_packed: Int32Array.of(...tokens.subarray(1), IGNORE_INDEX),
});

async function meanLoss<T extends Tensor>({ ops }: Model<T>, logits: T, labels: Int32Array): Promise<number> {
  const each = ops.scope(() =>
    ops.crossEntropy({ logits, targets: ops.tensor(labels, [labels.length]), ignoreIndex: IGNORE_INDEX }),
  );
  const values = (await ops.read(each)) as Float32Array;
  each.dispose();
  return values.reduce((sum, x) => sum + x, 0) / labels.filter((label) => label !== IGNORE_INDEX).length;
}

async function verifyGreedy<T extends Tensor>(
  { tolerance }: Target<T>,
  model: Model<T>,
  expected: TensorStore,
): Promise<Finding> {
  const reference = await integers(expected, "generated");
  const prompts = [await integers(expected, "prompt")];
  const made: number[] = [];
  for await (const { token } of generate(model, { prompts, maxNewTokens: reference.length, temperature: 0 }))
    made.push(token);
  const differing = reference.filter((token, i) => token !== made[i]).length;
  const gap = Number(expected.metadata.get("generation_min_top2_margin") ?? Number.POSITIVE_INFINITY);
  // nearer than the tolerance, and rounding decides which of the two best logits is larger
  if (differing > 0 && gap <= tolerance)
    return unsupported("generated", `its two best logits come within ${gap}, so rounding decides`);
  return compare(
    "generated",
    made,
    reference,
    0,
    `${reference.length - differing} of ${reference.length} tokens`,
  );
}
