import { solveTril } from "@webfla/ops/fla";
import { fromLengths } from "@webfla/varlen";
import { draw, type Law, laws, type Shape, show } from "../../test/chunked-cases";
import type { Case } from "../../test/verbs/maker";
import { generator } from "../../test/verbs/maker";
import { forward, gradient, type Row, type Table } from "./row";

const caseOf = (law: Law, shape: Shape): Case => ({
  name: `${show(law)}, K ${shape.K}, V ${shape.V}, steps ${shape.steps}, ${shape.lengths.length} sequences`,
  run: (m) => ({ ...m.ops.linearAttention(draw(m, law, shape)) }),
});

/** Decays are drawn after q, k and v. */
const gradientOf = (law: Law, shape: Shape): Row =>
  gradient(undefined, law.decay === "none" ? [] : ["input 3"])(caseOf(law, shape));

const canChunk = ({ decay, erase }: Law): boolean =>
  erase === "none" || decay !== (erase === "oja" ? "vector" : "value");

/** Lengths about chunks of 16, 32 and 64. */
const edges = [1, 31, 0, 33, 63, 64, 65, 130, 200];
const few: readonly Law[] = [
  { decay: "head", erase: "none", read: "after" },
  { decay: "vector", erase: "none", read: "bonus" },
  { decay: "value", erase: "none", read: "after" },
  { decay: "scalar", erase: "delta beta key", read: "after" },
  { decay: "vector", erase: "delta beta key", read: "after" },
  { decay: "vector", erase: "lowRank", read: "after" },
  { decay: "value", erase: "oja", read: "after" },
];

/** Many documents of every length, as training packs them. */
const documents = (() => {
  const next = generator(2);
  return Array.from({ length: 24 }, () => Math.floor(2 ** (11 * next())));
})();

const square = (D: number, lengths: readonly number[] = edges): Shape => ({
  ...{ lengths, H: 1, HV: 2, K: D, V: D, steps: 1 },
});
const wide = { f32: 2e-5, f16: 2e-3 };

const solved: Case = {
  name: "solveTril",
  run: ({ ops, uniform }) => {
    const varlen = fromLengths([0, 1, 16, 35, 15, 0, 3, 64, 130]);
    return ops.scope(() => ({
      small: solveTril(ops, { A: uniform([varlen.totalTokens, 2, 16], -0.5, 0.5), varlen }).o,
      large: solveTril(ops, { A: uniform([varlen.totalTokens, 2, 64], -0.2, 0.2), varlen }).o,
    }));
  },
};

export const lawTables: readonly Table[] = [
  {
    name: "laws",
    options: { plan: "chunked" },
    rows: laws.flatMap((law, i) => {
      const shape: Shape = { lengths: edges, H: 1 + (i % 2), HV: 2, K: 40, V: 24, steps: 1 + ((i >> 1) % 2) };
      return [forward()(caseOf(law, shape))];
    }),
  },
  {
    name: "large",
    options: { plan: "chunked" },
    rows: [
      ...laws.map((law) => forward(wide)(caseOf(law, square(64)))),
      ...few.map((law) => forward(wide)(caseOf(law, square(128)))),
      ...few.map((law) => forward(wide)(caseOf(law, { ...square(64, documents), HV: 1 }))),
    ],
  },
  {
    name: "gradients",
    options: { plan: "chunked" },
    rows: [
      ...laws
        .filter(canChunk)
        .map((law) => gradientOf(law, { lengths: edges, H: 1, HV: 2, K: 40, V: 24, steps: 1 })),
      ...few.map((law) => gradientOf(law, { ...square(64), steps: 2 })),
      ...few.map((law) => gradientOf(law, square(128, [65, 130]))),
    ],
  },
  {
    name: "parts",
    // three chunks of 64 with two states of 40 × 24, more or less
    options: { plan: "chunked", stateBytes: 3 * 2 * 64 * 64 * 4 },
    rows: few.flatMap((law) => {
      const shape: Shape = { lengths: edges, H: 1, HV: 2, K: 40, V: 24, steps: 1 };
      return [forward()(caseOf(law, shape)), gradientOf(law, shape)];
    }),
  },
  { name: "solve", rows: [forward({ f32: 1e-5, f16: 5e-3 })(solved), gradient()(solved)] },
];
