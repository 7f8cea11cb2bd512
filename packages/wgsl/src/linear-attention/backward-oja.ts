import { binary, fill, transpose } from "../dense";
import type { GpuTensor } from "../runtime";
import { backThroughBonus, backThroughLaws, type Found, type Upstream, writesAgain } from "./backward-laws";
import { type OjaCall, solveOja } from "./oja";

/** Back through the state that holds the writes u, then through the delta rule of the transposed state that found u. */
export function backThroughOja(upstream: Upstream, args: OjaCall): Found {
  const { device, own, list, chunkSize, half, output, final } = upstream;
  const { initialState, sizes } = args;
  const { N, HV, K, V } = sizes;
  const { turned, forward, plain, dispose } = solveOja(device, args, list, chunkSize, half);
  const reading = writesAgain(upstream, plain);
  const outer = backThroughLaws({ ...upstream, args: plain, forward: reading, reads: output, final });
  // what flows into the final states has gone through u: the transposed ones get nothing else
  const nothing = own(fill(device, 0, [N, HV, V, K], "f32"));
  const inner = backThroughLaws({ ...upstream, args: turned, forward, writes: outer.k, final: nothing });
  const sum = (a: GpuTensor, b: GpuTensor): GpuTensor =>
    binary(device, { kind: "add", a: own(a), b: own(b), shape: a.shape, dtype: "f32" });
  const found: Found = {
    q: outer.q,
    k: inner.v,
    v: sum(outer.v, inner.k),
    beta: inner.beta,
    gates: outer.gates && sum(outer.gates, inner.gates!),
    initialState:
      initialState && sum(outer.initialState!, transpose(device, { x: own(inner.initialState!) })),
  };
  const all = backThroughBonus(reading.frame, args, output, found);
  reading.dispose();
  dispose();
  return all;
}
