// Gradients of whole models, of every kind: against finite differences, packed against apart, recomputed against kept.
import { type CpuTensor, createCpu } from "@webfla/reference";
import { nextTokenLabels } from "@webfla/varlen";
import type { Model } from "@webfla/zoo";
import { randomStream } from "@webfla/zoo/generate";
import { accumulateGradients, lossAndGradients } from "@webfla/zoo/train";
import { beforeAll, describe, expect, it } from "vitest";
import { tinyConfigs, tinyModel } from "../../src/zoo";
import { apart, batchOf, documents, takeAll, takeNumber } from "./tools";

const docs = documents([9, 1, 0, 14]);
const batch = batchOf(docs);

/** Parameters of one kind, whatever their layer. */
const kindOf = (name: string): string => name.replace(/\.\d+\./, ".*.");

describe.each(Object.keys(tinyConfigs))("%s", (name) => {
  const ops = createCpu({ poison: true });
  let model: Model<CpuTensor>;
  let live = 0;
  beforeAll(async () => {
    model = await tinyModel(ops, name);
    live = ops.memory().tensors;
  });

  /** By the forward pass alone. */
  async function lossOf(): Promise<number> {
    const { tokens, varlen } = batch;
    const losses = ops.scope(() => {
      const { logits } = model.forward({ tokens, varlen });
      return ops.crossEntropy({ logits, targets: ops.tensor(nextTokenLabels(tokens, varlen), [24]) });
    });
    const each = (await ops.read(losses)) as Float32Array;
    losses.dispose();
    return each.reduce((sum, x) => sum + x, 0) / (24 - 3);
  }

  it("has the slopes of its loss", async () => {
    const { loss, gradients } = lossAndGradients(model, batch);
    expect(await takeNumber(ops, loss)).toBeCloseTo(await lossOf(), 5);
    expect([...gradients.keys()].sort()).toEqual([...model.parameters.keys()].sort());
    const read = await takeAll(ops, gradients);
    const random = randomStream(3);
    for (const kind of new Set([...read.keys()].map(kindOf))) {
      const own = [...read].filter(([parameter]) => kindOf(parameter) === kind);
      // along the gradient but for a factor at each place, so that a wrong place shows; anywhere where there is none
      const flat = own.every(([, g]) => g.every((x) => x === 0));
      const ways = own.map(([, g]) => g.map((x) => 2 * random() * (flat ? 1 : x)));
      const length = Math.sqrt(ways.reduce((sum, way) => sum + way.reduce((s, x) => s + x * x, 0), 0));
      const want =
        own.reduce((sum, [, g], i) => sum + g.reduce((s, x, j) => s + x * ways[i]![j]!, 0), 0) / length;
      const at = async (step: number): Promise<number> => {
        for (const [i, [parameter]] of own.entries()) {
          const data = model.weights(parameter).data as Float32Array;
          for (let j = 0; j < data.length; j++) data[j]! += (step / length) * ways[i]![j]!;
        }
        return lossOf();
      };
      const start = own.map(([parameter]) => model.weights(parameter).data.slice());
      const h = 1e-3;
      const [one, two] = [await at(h), await at(h)];
      const [below, far] = [await at(-3 * h), await at(-h)];
      const slope = (8 * (one - below) - (two - far)) / (12 * h);
      for (const [i, [parameter]] of own.entries()) model.weights(parameter).data.set(start[i]!);
      expect
        .soft(Math.abs(slope - want), `${kind}: ${slope} beside ${want}`)
        .toBeLessThan(0.01 * Math.abs(want) + 2e-3);
    }
    expect(ops.memory().tensors).toBe(live);
  });

  it("learns the same from documents packed, apart, and with branches run again", async () => {
    const packed = accumulateGradients(model, [batch]);
    const separate = accumulateGradients(
      model,
      docs.map((doc) => batchOf([doc])),
    );
    const again = lossAndGradients(model, batch, { recompute: true, lossRows: 5 });
    expect(separate.targets).toBe(packed.targets);
    const loss = await takeNumber(ops, packed.loss);
    expect(await takeNumber(ops, separate.loss)).toBeCloseTo(loss, 5);
    expect(await takeNumber(ops, again.loss)).toBeCloseTo(loss, 5);
    const want = await takeAll(ops, packed.gradients);
    expect(apart(await takeAll(ops, separate.gradients), want)).toBeLessThan(1e-5);
    expect(apart(await takeAll(ops, again.gradients), want)).toBeLessThan(1e-5);
    expect(ops.memory().tensors).toBe(live);
  });
});
