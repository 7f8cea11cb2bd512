import { block, type Region } from "./kernels";
import type { Laws, Plan } from "./laws";
import { multiply, ones, spread, spreadColumns, valueAt, zeros } from "./stream";
import type { Args } from "./verbs";

/** A run of writes of one sequence: `passes` − 1 of them from the sequence's write `first`, `steps` to a token. */
export interface Span {
  readonly start: number; // the sequence's first token
  readonly first: number;
  readonly passes: number;
  readonly steps: number;
}

type Terms = Readonly<Record<"terms" | "second" | "x" | "decay" | "read" | "beta", Region>>;

/**
 * Lays out what the kernel multiplies in each pass: pass 0 only reads, pass p is write first + p − 1.
 * Returns the token that reads the state after each pass, or −1.
 */
export function packTerms(
  at: Terms,
  read: Args<"linearAttention">["read"]["kind"],
  plan: Plan,
  head: Laws,
  span: Span,
): Int32Array {
  const { rows, columns, transposed } = plan;
  const { start, first, passes, steps } = span;
  const terms = at.terms.data;
  const reads = new Int32Array(passes);
  const tokenOf = (write: number): number => start + Math.floor(write / steps);
  for (let p = 0; p < passes; p++) {
    const write = first + p - 1;
    const next = write + 1;
    const [idle, last] = [p === 0, p === passes - 1];
    const [opens, nextOpens] = [!idle && write % steps === 0, !last && next % steps === 0];
    const row = start * steps + write;
    const base = p * rows * 4;
    reads[p] =
      read === "after" ? (!idle && next % steps === 0 ? tokenOf(write) : -1) : nextOpens ? tokenOf(next) : -1;
    const q = reads[p]! < 0 ? zeros : head.q;

    spread(terms, base, 4, opens ? head.rowDecay : ones, tokenOf(write), rows);
    spread(terms, base + 1, 4, idle ? zeros : head.write, row, rows);
    if (transposed) spreadColumns(at.read.data, p, passes, q, reads[p]!, columns, 1);
    else spread(terms, base + 2, 4, q, reads[p]!, rows);
    if (plan.erases) {
      spread(terms, base + 3, 4, last ? zeros : head.erase, row + 1, rows);
      if (nextOpens && head.eraseDecayed) multiply(terms, base + 3, 4, head.rowDecay, tokenOf(next), rows);
      spread(at.second.data, p * rows, 1, idle ? zeros : head.second, row, rows);
    }
    const beta = idle ? 0 : valueAt(head.beta, row);
    at.beta.data[p] = beta;
    spreadColumns(at.x.data, p, passes, idle ? zeros : head.x, row, columns, beta);
    if (plan.columnDecay)
      spreadColumns(at.decay.data, p, passes, opens ? head.columnDecay : ones, tokenOf(write), columns, 1);
  }
  return reads;
}

/** Copies what was read to the tokens' rows of o, and adds what a bonus shows them of their own writes. */
export function unpackReads(
  o: Float32Array,
  out: Float32Array,
  reads: Int32Array,
  { sizes: { HV, K, V }, read }: Args<"linearAttention">,
  { transposed }: Plan,
  head: Laws,
  { start, first, passes, steps }: Span,
  hv: number,
): void {
  for (let p = 0; p < passes; p++) {
    const token = reads[p]!;
    if (token < 0) continue;
    const to = (token * HV + hv) * V;
    if (transposed) o.set(out.subarray(p * V, (p + 1) * V), to);
    else
      for (let c = 0; c < V; c += block) {
        const from = (c / block) * passes * block + p * block;
        for (let i = c; i < Math.min(c + block, V); i++) o[to + i] = out[from + i - c]!;
      }
  }
  if (read.kind === "after") return;
  const { q, k, v, u } = head;
  for (let write = first; write < first + passes - 1; write++) {
    const [row, token] = [start * steps + write, start + Math.floor(write / steps)];
    let seen = 0;
    for (let i = 0; i < K; i++) seen += valueAt(q, token, i) * valueAt(u, 0, i) * valueAt(k, row, i);
    for (let i = 0; i < V; i++) o[(token * HV + hv) * V + i]! += seen * valueAt(v, row, i);
  }
}
