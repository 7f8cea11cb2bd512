// Learning from a stream, a ragged batch at a time as it comes, while an engine serves from the same weights.
import { createCpu } from "@webfla/reference";
import { pack } from "@webfla/varlen";
import { Engine, byteTokenizer as text } from "@webfla/zoo";
import { initialModel, schedule, Trainer } from "@webfla/zoo/train";

const config = {
  model_type: "kda",
  hidden_size: 32,
  num_heads: 2,
  head_dim: 16,
  expand_v: 1,
  num_hidden_layers: 2,
  vocab_size: 258,
};
const model = initialModel(createCpu(), config, { seed: 1 });
const trainer = new Trainer(model, { schedule: schedule({ kind: "constant", lr: 1e-2 }) });
const engine = new Engine(model, { maxSequences: 4, tokenBudget: 128, tokenizer: text });

/** Messages of any lengths, as they come; a real stream never ends. */
async function* arrivals(): AsyncGenerator<string[]> {
  for (let i = 0; i < 12; i++) yield ["abcabcabcabc", "abc".repeat(1 + (i % 4)), "a"].slice(0, 1 + (i % 3));
}

const answer = async () => {
  const request = { prompt: text.encode("abc"), maxNewTokens: 9, temperature: 0 };
  return JSON.stringify(text.decode((await engine.submit(request).result).tokens));
};

console.log("before:", await answer());
for await (const messages of arrivals()) {
  const serving = answer(); // under way while the weights change; its next token has the new ones
  const { step, read } = trainer.step([pack(messages.map((m) => text.encode(m)))]);
  const { loss } = await read();
  if (step % 4 === 3) console.log(`step ${step + 1}: loss ${loss.toFixed(3)}, meanwhile`, await serving);
  await serving;
}
console.log("after:", await answer(), model.ops.memory());
await engine.close();
