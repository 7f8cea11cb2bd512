import { block, type Kernels, type Region, roundUp } from "./kernels";
import { type Plan, plan } from "./laws";
import { floats, type Memory } from "./memory";
import { packTerms, unpackReads } from "./recurrence-terms";
import { eachSequence } from "./sequence";
import type { Args, Verbs } from "./verbs";

// writes whose terms lie in scratch together; more would leave the second-level cache
const run = 64;

export const linearAttention = (memory: Memory, kernels: Kernels): Verbs<"linearAttention"> => ({
  linearAttention(args) {
    const { T, N, HV, K, V } = args.sizes;
    const states = new Float32Array(args.outputFinalState ? N * HV * K * V : 0);
    const o = memory.make([T, HV, V], args.v.dtype, (o) => recur(args, o, states, kernels));
    const finalState = args.outputFinalState
      ? memory.make([N, HV, K, V], "f32", (to) => to.set(states))
      : undefined;
    return { o, finalState };
  },
});

function recur(args: Args<"linearAttention">, o: Float32Array, states: Float32Array, kernels: Kernels): void {
  const { varlen, steps, initialState, outputFinalState, sizes } = args;
  const { HV, K, V } = sizes;
  const laws = plan(args, kernels);
  const { rows, columns } = laws;
  const padded = roundUp(columns, block);
  const most = Math.min(run, varlen.maxLength * steps) + 1;
  const at = kernels.recurrence.lay({
    state: rows * padded,
    terms: most * rows * 4,
    second: most * rows,
    x: most * padded,
    decay: most * padded,
    read: most * padded,
    beta: most,
    out: most * Math.max(rows, padded),
  });
  eachSequence(varlen, (n, start, end) => {
    for (let hv = 0; hv < HV; hv++) {
      const from = (n * HV + hv) * K * V;
      if (initialState) loadState(at.state.data, floats(initialState), from, laws);
      else at.state.data.fill(0);
      const head = laws.head(hv);
      const writes = (end - start) * steps;
      for (let first = 0; first < writes; first += run) {
        const passes = Math.min(run, writes - first) + 1;
        const span = { start, first, passes, steps };
        const reads = packTerms(at, args.read.kind, laws, head, span);
        const call = kernels.recurrence.run[laws.kernel];
        if (laws.transposed) at.out.data.fill(0);
        for (let c = 0; c < columns; c += block) {
          const column = (region: Region): number => region.at + c * passes * 4;
          call(
            at.state.at + c * rows * 4,
            at.terms.at,
            at.second.at,
            column(at.x),
            column(at.decay),
            column(at.read),
            at.beta.at,
            laws.transposed ? at.out.at : column(at.out),
            rows,
            passes,
          );
        }
        unpackReads(o, at.out.data, reads, args, laws, head, span, hv);
      }
      if (outputFinalState) storeState(states, from, at.state.data, laws);
    }
  });
}

type Layout = Pick<Plan, "rows" | "columns" | "transposed">;

/** From [K, V] to blocks of columns, [blocks, rows, 8], filled up with zeros. */
function loadState(to: Float32Array, states: Float32Array, from: number, layout: Layout): void {
  const { rows, columns, transposed } = layout;
  const [row, column] = transposed ? [1, rows] : [columns, 1];
  let at = 0;
  for (let c = 0; c < columns; c += block)
    for (let r = 0; r < rows; r++)
      for (let i = c; i < c + block; i++) to[at++] = i < columns ? states[from + r * row + i * column]! : 0;
}

function storeState(states: Float32Array, to: number, from: Float32Array, layout: Layout): void {
  const { rows, columns, transposed } = layout;
  const [row, column] = transposed ? [1, rows] : [columns, 1];
  for (let c = 0; c < columns; c++) {
    const at = (c - (c % block)) * rows + (c % block);
    for (let r = 0; r < rows; r++) states[to + r * row + c * column] = from[at + r * block]!;
  }
}
