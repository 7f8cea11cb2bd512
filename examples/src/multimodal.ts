// Texts and feature vectors, each of its own length, in one packed batch: forward, generation, and a gradient to the features.
import { createCpu } from "@webfla/reference";
import { Engine, interleave, byteTokenizer as text } from "@webfla/zoo";
import { initialModel, lossAndGradients } from "@webfla/zoo/train";

const config = { model_type: "gla", hidden_size: 32, num_heads: 2, num_hidden_layers: 2, vocab_size: 258 };
const model = initialModel(createCpu(), config, { seed: 1 });
const { ops } = model;

// what an encoder would give, projected to the model's width: an image of 6 patches, a sound of 11 frames
const features = (count: number) =>
  ops.tensor(
    Float32Array.from({ length: count * 32 }, (_, i) => Math.sin(i)),
    [count, 32],
  );
const [image, sound] = [features(6), features(11)];
const words = (s: string) => text.encode(s, { bos: false });
const sequences = [[words("Look: "), image, words(" what?")], [words("Text.")], [sound, words("?"), image]];

const { inputsEmbeds, varlen } = interleave(model, sequences);
const { logits } = model.forward({ inputsEmbeds, varlen, rows: "last" });
console.log("lengths", [...varlen.lengths], "logits of the last tokens", logits.shape);

const engine = new Engine(model, { maxSequences: 4, tokenBudget: 128 });
const requests = sequences.map((prompt) => engine.submit({ prompt, maxNewTokens: 4, temperature: 0 }).result);
for (const { tokens } of await Promise.all(requests)) console.log("continued by", [...tokens]);
await engine.close();

// every row of the first sequence is to say "A": the gradient reaches the image's features too
const labels = Int32Array.from(varlen.seqIdx, (n) => (n === 0 ? 65 : -100));
const learnt = lossAndGradients(model, { inputsEmbeds, varlen, labels });
console.log("gradient of the features", learnt.inputsEmbeds!.shape, "loss", (await ops.read(learnt.loss))[0]);
