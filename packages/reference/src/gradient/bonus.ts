import type { Laws } from "../backend/laws";
import type { Stream } from "../backend/stream";

/**
 * The gradient of what a token sees of one of its own writes, (Σ q u k) v: `query` [K] is scaled, `output` [V] is what
 * flows into the token's output.
 */
export function bonusBack(
  head: Laws,
  dHead: Laws<Float64Array>,
  row: number,
  token: number,
  query: Float64Array,
  output: Float64Array,
): void {
  const [atK, atV, atU, atQ] = [rowAt(head.k, row), rowAt(head.v, row), head.u.offset, rowAt(dHead.q, token)];
  const [k, v, u] = [head.k.data, head.v.data, head.u.data];
  let [seen, dSeen] = [0, 0];
  for (let i = 0; i < query.length; i++) seen += query[i]! * u[atU + i]! * k[atK + i]!;
  for (let i = 0; i < output.length; i++) {
    dSeen += output[i]! * v[atV + i]!;
    dHead.v.data[atV + i]! += seen * output[i]!;
  }
  for (let i = 0; i < query.length; i++) {
    const [x, y, z] = [query[i]!, u[atU + i]!, k[atK + i]!];
    dHead.q.data[atQ + i]! += dSeen * y * z;
    dHead.u.data[atU + i]! += dSeen * x * z;
    dHead.k.data[atK + i]! += dSeen * x * y;
  }
}

const rowAt = <A>({ offset, row }: Stream<A>, r: number): number => offset + r * row;
