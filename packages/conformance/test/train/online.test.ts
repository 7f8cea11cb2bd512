// Online learning: ragged batches as they come, and requests served from the same weights between the steps.
import { createOps } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { fromLengths, pack } from "@webfla/varlen";
import { createWebGpuBackend, openRuntime } from "@webfla/wgsl";
import { Engine } from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import { initialModel, schedule, Trainer } from "@webfla/zoo/train";
import { expect, it } from "vitest";
import { nullDevice } from "../../src/adapters/open";
import { tinyConfigs } from "../../src/zoo";

const config = tinyConfigs["gated_deltanet, hybrid"]!;
const options = { schedule: schedule({ kind: "constant", lr: 1e-2 }) };
const random = randomStream(4);
const below = (n: number): number => Math.floor(n * random());

const [MOST, LONGEST] = [6, 91];
const documents = (...lengths: readonly number[]): Int32Array[] =>
  lengths.map((length) => Int32Array.from({ length }, () => below(64)));

/** Documents of other lengths every time. */
const arrival = (): Int32Array[] =>
  documents(...Array.from({ length: 1 + below(MOST) }, () => 2 + below(LONGEST - 1)));

/** Either side of every bound between classes of batches, which choose kernels (packages/wgsl/README.md), both at once, and the largest. */
const classes = [
  ...[2, 4, 8, 16, 32, 64].flatMap((bound) => [documents(bound), documents(bound + 1)]),
  documents(2, LONGEST),
  documents(...new Array<number>(MOST).fill(LONGEST)),
];

it("compiles nothing and keeps no more memory once warm, however lengths change", async () => {
  const runtime = await openRuntime({ device: await nullDevice() });
  const ops = createOps(createWebGpuBackend(runtime));
  const model = initialModel(ops, config, { seed: 1 });
  const trainer = new Trainer(model, options);
  // a device that executes nothing chooses no tokens, so requests are run by hand: a prompt, and a token after it
  const serve = (prompts: readonly Int32Array[]) => {
    const first = model.forward({ ...pack(prompts), rows: "last", wantState: true });
    const varlen = fromLengths(prompts.map(() => 1));
    const tokens = new Int32Array(prompts.length);
    const next = model.forward({ tokens, varlen, state: first.state });
    for (const x of [first.logits, first.state!, next.logits]) x.dispose();
  };
  const round = async (batch: readonly Int32Array[], prompts: readonly Int32Array[]) => {
    await trainer.step([pack(batch)]).read();
    serve(prompts);
  };
  for (const batch of classes) await round(batch, batch);
  const { pipelines, compiled } = runtime.stats;
  const { tensors, bytes } = ops.memory();
  for (let i = 0; i < 60; i++) await round(arrival(), arrival());
  expect(runtime.stats).toMatchObject({ pipelines, compiled });
  expect(ops.memory()).toMatchObject({ tensors, bytes });
  trainer.dispose();
  model.dispose();
  expect(ops.memory().tensors).toBe(0);
  ops.dispose();
});

it("serves what the weights say now: a request that is under way goes on with the new ones", async () => {
  const ops = createCpu();
  const model = initialModel(ops, config, { seed: 1 });
  const trainer = new Trainer(model, options);
  const engine = new Engine(model);
  const prompt = Int32Array.of(1, 2, 3);
  const surprise = async () => {
    const own = new Engine(model);
    const { logProbabilities } = await own.submit({ prompt, maxNewTokens: 1, temperature: 0 }).result;
    own.dispose();
    return -logProbabilities[0]!;
  };
  const before = await surprise();
  const generation = engine.submit({ prompt, maxNewTokens: 6, temperature: 0 });
  let pieces = 0;
  for await (const _ of generation)
    if (++pieces < 4) await trainer.step([pack([Int32Array.of(1, 2, 3, 3, 3, 3)])]).read();
  expect(pieces).toBe(6);
  const after = await surprise();
  expect(after).toBeLessThan(before);
  engine.dispose();
  trainer.dispose();
  model.dispose();
  expect(ops.memory().tensors).toBe(0);
  ops.dispose();
});
