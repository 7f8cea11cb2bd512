import { createCpu } from "@webfla/reference";
import { initialModel } from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { tinyConfigs } from "../../src/zoo";
import { batchOf, documents, readAll } from "./tools";

const ops = createCpu();
const start = (config: object, seed = 1) => readAll(ops, initialModel(ops, config, { seed }).parameters);
const deviation = (x: Float32Array): number => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length);
const range = (x: Float32Array): [number, number] => [Math.min(...x), Math.max(...x)];

describe.each(Object.keys(tinyConfigs))("%s", (name) => {
  it("starts the same from the same seed, near an even guess", async () => {
    const config = tinyConfigs[name]!;
    const model = initialModel(ops, config, { seed: 1 });
    const own = await readAll(ops, model.parameters);
    expect(await start(config)).toEqual(own);
    expect(await start(config, 2)).not.toEqual(own);
    for (const x of own.values()) expect(x.every(Number.isFinite)).toBe(true);
    const batch = batchOf(documents([30]));
    const { logits } = model.forward({ tokens: batch.tokens, varlen: batch.varlen });
    expect((await ops.read(logits)).every((x) => Math.abs(x) < 4)).toBe(true);
  });
});

describe("FLA's distributions", () => {
  const large = { hidden_size: 256, num_heads: 32, head_dim: 8, num_hidden_layers: 2, vocab_size: 512 };

  it("gated_deltanet: normal matrices, ones for norms, rates below 16, steps between 0.001 and 0.1", async () => {
    const p = await start({ model_type: "gated_deltanet", ...large, initializer_range: 0.05 });
    const of = (name: string) => p.get(`model.layers.0.${name}`)!;
    expect(deviation(of("attn.q_proj.weight"))).toBeCloseTo(0.05, 2);
    expect(deviation(p.get("model.embeddings.weight")!)).toBeCloseTo(0.05, 2);
    expect(of("attn.o_norm.weight").every((x) => x === 1)).toBe(true);
    const [low, high] = range(of("attn.A_log"));
    expect(high).toBeLessThanOrEqual(Math.fround(Math.log(16)));
    expect(low).toBeLessThan(Math.log(8));
    const steps = of("attn.dt_bias").map((x) => Math.log1p(Math.exp(x)));
    expect(range(steps)[0]).toBeGreaterThan(0.00099);
    expect(range(steps)[1]).toBeLessThan(0.101);
  });

  it("kda: rates between 1 and 16", async () => {
    const p = await start({ model_type: "kda", ...large });
    const [low, high] = range(p.get("model.layers.1.attn.A_log")!);
    expect(low).toBeGreaterThanOrEqual(0);
    expect(high).toBeLessThanOrEqual(Math.fround(Math.log(16)));
  });

  it("mamba: rates 1, 2, 3 …, a skip of one", async () => {
    const p = await start(tinyConfigs["mamba"]!);
    const rates = p.get("backbone.layers.0.mixer.A_log")!.subarray(0, 8);
    for (const [i, x] of rates.entries()) expect(x).toBeCloseTo(Math.log(i + 1), 6);
    expect(p.get("backbone.layers.1.mixer.D")!.every((x) => x === 1)).toBe(true);
  });

  it("rwkv7: orthogonal receptances, silent outputs, shares that grow along the channels", async () => {
    const p = await start(tinyConfigs["rwkv7"]!);
    const of = (name: string) => p.get(`model.layers.1.attn.${name}`)!;
    const r = of("r_proj.weight");
    for (let i = 0; i < 32; i++)
      for (let j = 0; j < 32; j++) {
        let product = 0;
        for (let c = 0; c < 32; c++) product += r[i * 32 + c]! * r[j * 32 + c]!;
        expect(product).toBeCloseTo(Number(i === j), 5);
      }
    expect(of("o_proj.weight").every((x) => x === 0)).toBe(true);
    const shares = of("x_w");
    expect(shares.every((x, i) => i === 0 || x < shares[i - 1]!)).toBe(true);
    expect(of("g_norm.weight")[0]).toBeCloseTo(1, 6);
  });
});
