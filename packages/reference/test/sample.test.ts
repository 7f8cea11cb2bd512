import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCpu } from "../src/index";
import { sample } from "../src/oracle/index";

const ops = createCpu({ poison: true });

interface Setting {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly uniform: number;
}

/** Draws of the verb from one row with many settings. */
async function draws(logits: readonly number[], settings: readonly Setting[]) {
  const rows = settings.flatMap(() => logits);
  const x = ops.tensor(Float32Array.from(rows), [settings.length, logits.length]);
  const { token, logProbability } = ops.sample({
    logits: x,
    temperature: settings.map((s) => s.temperature),
    topK: settings.map((s) => s.topK),
    topP: settings.map((s) => s.topP),
    uniform: settings.map((s) => s.uniform),
  });
  const read = { token: [...(await ops.read(token))], logProbability: [...(await ops.read(logProbability))] };
  for (const t of [x, token, logProbability]) t.dispose();
  return read;
}

const logits = [2, -1, 3, 3, 0.5, Number.NEGATIVE_INFINITY];
const probabilities = (() => {
  const weights = logits.map((x) => Math.exp(x));
  const sum = weights.reduce((a, b) => a + b);
  return weights.map((w) => w / sum);
})();

/** How often each token comes for points spread evenly over [0, 1). */
async function frequencies(setting: Partial<Setting>, count = 10_000): Promise<number[]> {
  const settings = Array.from({ length: count }, (_, i) => ({
    temperature: 1,
    topK: 0,
    topP: 1,
    ...setting,
    uniform: i / count,
  }));
  const { token } = await draws(logits, settings);
  return logits.map((_, i) => token.filter((t) => t === i).length / count);
}

async function near(setting: Partial<Setting>, want: readonly number[]): Promise<void> {
  for (const [i, x] of (await frequencies(setting)).entries())
    expect(x, `token ${i}`).toBeCloseTo(want[i]!, 3);
}

describe("sample", () => {
  it("draws with the softmax's probabilities, flatter and sharper with the temperature", async () => {
    await near({}, probabilities);
    const flat = probabilities.map((p) => Math.sqrt(p));
    const sum = flat.reduce((a, b) => a + b);
    await near(
      { temperature: 2 },
      flat.map((p) => p / sum),
    );
    await near({ temperature: 0.01 }, [0, 0, 0.5, 0.5, 0, 0]);
    await near({ temperature: 0 }, [0, 0, 1, 0, 0, 0]);
  });

  it("keeps the k likeliest, and the smallest likely set that reaches the mass", async () => {
    await near({ topK: 2 }, [0, 0, 0.5, 0.5, 0, 0]);
    await near({ topK: 1 }, [0, 0, 1, 0, 0, 0]);
    await near({ topK: 100 }, probabilities);
    const p = probabilities[2]!;
    await near({ topP: p * 0.99 }, [0, 0, 1, 0, 0, 0]);
    await near({ topP: p * 1.5 }, [0, 0, 0.5, 0.5, 0, 0]);
    await near({ topK: 3, topP: 0.5 }, [0, 0, 0.5, 0.5, 0, 0]);
  });

  it("is the oracle's draw for every row and setting", async () => {
    // few values, so that there are equals, both zeros among them
    const value = fc.oneof(fc.constantFrom(-1, -0, 0, 1, 2), fc.float({ min: -50, max: 50, noNaN: true }));
    const setting = fc.record({
      temperature: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 5, noNaN: true })),
      topK: fc.nat(25),
      topP: fc.oneof(fc.constant(1), fc.double({ min: 0.001, max: 1, noNaN: true })),
      uniform: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    const property = fc.asyncProperty(
      fc.array(value, { minLength: 1, maxLength: 20 }),
      fc.array(setting, { minLength: 1, maxLength: 5 }),
      async (row, settings) => {
        const got = await draws(row, settings);
        for (const [n, s] of settings.entries()) {
          const want = sample(row, s);
          expect(got.token[n]).toBe(want.token);
          expect(got.logProbability[n]).toBeCloseTo(want.logProbability, 4);
        }
      },
    );
    await fc.assert(property, { numRuns: 500 });
  });

  it("marks a row whose highest logit is not finite with the place of it", async () => {
    const setting = { temperature: 1, topK: 0, topP: 1, uniform: 0.5 };
    const first = async (...row: number[]) => {
      const { token, logProbability } = await draws(row, [setting]);
      return [token[0], logProbability[0]];
    };
    expect(await first(0, Number.NaN, Number.POSITIVE_INFINITY)).toEqual([-2, Number.NaN]);
    expect(await first(0, 1, Number.POSITIVE_INFINITY)).toEqual([-3, Number.POSITIVE_INFINITY]);
    expect(await first(Number.NEGATIVE_INFINITY)).toEqual([-1, Number.NEGATIVE_INFINITY]);
  });
});
