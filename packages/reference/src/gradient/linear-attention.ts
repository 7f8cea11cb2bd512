import type { Decay, Erase, Read } from "@webfla/ops";
import type { Kernels } from "../backend/kernels";
import { headLaws, type LawArrays, type Laws, type Plan, plan } from "../backend/laws";
import { type CpuTensor, floats, type Memory } from "../backend/memory";
import { eachSequence } from "../backend/sequence";
import { valueAt } from "../backend/stream";
import type { Args } from "../backend/verbs";
import { type Backward, gradientOf, optional, upstream } from "./backward";
import { bonusBack } from "./bonus";
import { Replay } from "./replay";
import {
  advance,
  type Law,
  makeFound,
  makeTermGradients,
  makeTerms,
  readBack,
  retreat,
  type Terms,
} from "./state-step";
import { give, giveOne, sink, take } from "./streams";

type Call = Args<"linearAttention">;
type Sums = LawArrays<Float64Array>;

export const linearAttention = (memory: Memory, kernels: Kernels): Backward<"linearAttention"> => ({
  linearAttention({ args, grad }) {
    const { sizes, q, k, v, initialState, scale, qkL2Norm } = args;
    const { T, N, HV, K, V } = sizes;
    const laws = plan(args, kernels);
    const sums = zerosLike(laws.values);
    const dStates = Float64Array.from(upstream(grad.finalState, N * HV * K * V));
    accumulate(args, laws, upstream(grad.o, T * HV * V), dStates, sums);
    rowsBack(sums.q, floats(q), K, scale, qkL2Norm);
    if (qkL2Norm) rowsBack(sums.k, floats(k), K, 1, true);
    return {
      q: gradientOf(memory, q, sums.q),
      k: gradientOf(memory, k, sums.k),
      v: gradientOf(memory, v, sums.v),
      decay: decayGradient(memory, args, sums),
      erase: eraseGradient(memory, args, sums),
      read: readGradient(memory, args, sums),
      initialState: optional(memory, initialState, dStates),
    };
  },
});

/** Goes back through every sequence and head: `dStates` turn from the final states' gradients into the initial ones'. */
function accumulate(args: Call, laws: Plan, d: Float32Array, dStates: Float64Array, sums: Sums): void {
  const { varlen, steps, initialState, read, erase, sizes } = args;
  const { HV, K, V } = sizes;
  const { rows, columns, transposed } = laws;
  const law: Law = {
    rows,
    columns,
    decayed: Number(erase?.kind !== "lowRank"),
    keep: Number(erase?.kind === "delta" || erase?.kind === "oja"),
  };
  const [rowStep, columnStep] = transposed ? [1, rows] : [columns, 1];
  const [terms, dTerms] = [makeTerms(law), makeTermGradients(law)];
  const found = makeFound(law);
  const G = new Float64Array(rows * columns);
  const [query, output, dQuery, dOutput] = [K, V, K, V].map((width) => new Float64Array(width)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const replay = new Replay(varlen.maxLength * steps, rows * columns);
  const readState = (state: Float32Array): void =>
    transposed
      ? readBack(state, G, output, query, dOutput, dQuery)
      : readBack(state, G, query, output, dQuery, dOutput);
  // both ways between a state [K, V] and the law's rows and columns
  const eachElement = (visit: (inLaw: number, inState: number) => void): void => {
    for (let r = 0, at = 0; r < rows; r++)
      for (let c = 0; c < columns; c++, at++) visit(at, r * rowStep + c * columnStep);
  };

  eachSequence(varlen, (n, start, end) => {
    for (let hv = 0; hv < HV; hv++) {
      const from = (n * HV + hv) * K * V;
      eachElement((at, i) => {
        replay.start[at] = initialState?.data[from + i] ?? 0;
        G[at] = dStates[from + i]!;
      });
      const head = laws.head(hv);
      const dHead = headLaws(args, hv, sums, { zeros: sink(), ones: sink() });
      const outputs = { data: d, offset: hv * V, row: HV * V, step: 1 };
      const first = start * steps;
      replay.run(
        (end - start) * steps,
        (write, before, after) => {
          takeTerms(terms, head, first + write, steps);
          advance(law, terms, found, before, after);
        },
        (write, before, after) => {
          const row = first + write;
          const token = Math.floor(row / steps);
          const [opens, closes] = [row % steps === 0, (row + 1) % steps === 0];
          takeTerms(terms, head, row, steps);
          take(query, head.q, token);
          take(output, outputs, token);
          if (read.kind === "after" && closes) {
            readState(after);
            give(dHead.q, token, dQuery);
          }
          retreat(law, terms, found, before, G, dTerms);
          if (opens) {
            give(dHead.rowDecay, token, dTerms.rowDecay);
            give(dHead.columnDecay, token, dTerms.columnDecay);
          }
          give(dHead.write, row, dTerms.write);
          give(dHead.x, row, dTerms.x);
          give(dHead.erase, row, dTerms.erase);
          give(dHead.second, row, dTerms.second);
          giveOne(dHead.beta, row, dTerms.beta);
          if (read.kind === "after") return;
          bonusBack(head, dHead, row, token, query, output);
          if (opens) {
            readState(before);
            give(dHead.q, token, dQuery);
          }
        },
      );
      eachElement((at, i) => {
        dStates[from + i] = G[at]!;
      });
    }
  });
}

/** The decay applies before a token's first write. */
function takeTerms(to: Terms, head: Laws, row: number, steps: number): void {
  if (row % steps === 0) {
    take(to.rowDecay, head.rowDecay, row / steps);
    take(to.columnDecay, head.columnDecay, row / steps);
  } else {
    to.rowDecay.fill(1);
    to.columnDecay.fill(1);
  }
  take(to.write, head.write, row);
  take(to.erase, head.erase, row);
  take(to.second, head.second, row);
  take(to.x, head.x, row);
  to.beta = valueAt(head.beta, row);
}

function zerosLike(values: LawArrays<Float32Array>): Sums {
  const zeros = (x: Float32Array): Float64Array => new Float64Array(x.length);
  const { q, k, v, decay, erase, second, beta, u } = values;
  return {
    q: zeros(q),
    k: zeros(k),
    v: zeros(v),
    decay: decay && zeros(decay),
    erase: erase && zeros(erase),
    second: second && zeros(second),
    beta: beta && zeros(beta),
    u: u && zeros(u),
  };
}

/** From the gradient of scale · x, over sqrt(Σx² + 1e-6) by row where normalised, to that of x, in place. */
function rowsBack(d: Float64Array, x: Float32Array, width: number, scale: number, normalise: boolean): void {
  for (let from = 0; from < x.length; from += width) {
    let [squares, along] = [normalise ? 1e-6 : 1, 0];
    for (let i = from; normalise && i < from + width; i++) {
      squares += x[i]! * x[i]!;
      along += x[i]! * d[i]!;
    }
    const factor = scale / Math.sqrt(squares);
    for (let i = from; i < from + width; i++) d[i] = factor * (d[i]! - (x[i]! * along) / squares);
  }
}

function decayGradient(memory: Memory, { decay }: Call, sums: Sums): Decay<CpuTensor> | undefined {
  if (!decay || !sums.decay) return undefined;
  return decay.kind === "head"
    ? { kind: "head", slopes: gradientOf(memory, decay.slopes, sums.decay) }
    : { kind: decay.kind, g: gradientOf(memory, decay.g, sums.decay) };
}

function eraseGradient(memory: Memory, { erase }: Call, sums: Sums): Erase<CpuTensor> | undefined {
  const of = (x: CpuTensor, found: Float64Array | undefined) => gradientOf(memory, x, found!);
  switch (erase?.kind) {
    case undefined:
      return undefined;
    case "delta":
      return {
        kind: "delta",
        ...(erase.beta && { beta: of(erase.beta, sums.beta) }),
        ...(erase.eraseKey && { eraseKey: of(erase.eraseKey, sums.erase) }),
      };
    case "lowRank":
      return { kind: "lowRank", a: of(erase.a, sums.erase), b: of(erase.b, sums.second) };
    case "oja":
      return { kind: "oja", beta: of(erase.beta, sums.beta) };
  }
}

const readGradient = (memory: Memory, { read }: Call, { u }: Sums): Read<CpuTensor> | undefined =>
  read.kind === "bonus" && u ? { kind: "bonus", u: gradientOf(memory, read.u, u) } : undefined;
