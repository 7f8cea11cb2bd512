import { denseCases } from "../../test/verbs/dense-cases";
import { linearAttentionCases } from "../../test/verbs/linear-attention-cases";
import type { Case } from "../../test/verbs/maker";
import { sequenceCases } from "../../test/verbs/sequence-cases";
import { forward, gradient, type Table } from "./row";

const adamw: Case = {
  name: "adamw",
  run: ({ ops, normal, given, uniform }) => {
    const shape = [70, 33];
    const moments = { m: normal(shape, 0.1, "f32"), v: uniform(shape, 0, 0.1, "f32") };
    const settings = { lr: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, weightDecay: 0.1, step: 3 };
    const gradScale = given([0.5], [1], "f32");
    return {
      ...ops.adamw({ param: normal(shape), grad: normal(shape), ...moments, gradScale, ...settings }),
    };
  },
};

/** Products that fill tiles and ones that do not, by every transposition. */
const products = [
  [16, 16, 16],
  [64, 64, 64],
  [130, 70, 257],
  [512, 300, 384],
  [1, 512, 512],
  [4, 512, 130],
].flatMap(([M, K, N]) =>
  [false, true].flatMap((transposeA) =>
    [false, true].map(
      (transposeB): Case => ({
        name: `matmul ${M} × ${K} × ${N}${transposeA ? " Aᵀ" : ""}${transposeB ? " Bᵀ" : ""}`,
        run: ({ ops, normal }) => ({
          o: ops.matmul({
            a: normal(transposeA ? [K!, M!] : [M!, K!]),
            b: normal(transposeB ? [N!, K!] : [K!, N!]),
            bias: transposeB ? normal([N!]) : undefined,
            transposeA,
            transposeB,
          }),
        }),
      }),
    ),
  ),
);

const cases = [...denseCases, adamw, ...sequenceCases, ...linearAttentionCases, ...products];
// what has no slope, or none that rounding to f16 leaves alone
const steps = /^(unary|binary (min|max)|argmax|softmax and argmax|sample|cast|reduce max|adamw)/;

export const verbTables: readonly Table[] = [
  { name: "verbs", options: { plan: "recurrent" }, rows: cases.map(forward()) },
  {
    name: "verb-gradients",
    // the recurrent kernel has no gradient, and some laws have no other
    rows: cases
      .filter(({ name }) => !steps.test(name))
      .map((of) => ({ ...gradient()(of), mayBeUnsupported: of.name.startsWith("linearAttention") })),
  },
];
