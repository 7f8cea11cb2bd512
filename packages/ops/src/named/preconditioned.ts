import type { Decay, Ops, Tensor } from "..";
import { type Batch, batchOf, type Qkv } from "./batch";

interface PreconditionedArgs<T> extends Qkv<T> {
  readonly beta: T; // [T, HV]
  readonly gAtk: T; // [T, H] log decay of the second moment
  readonly betaAtk: T; // [T, H]
  readonly logAtkScale?: T | undefined; // [H], −0.2 when absent
  readonly initialAState?: T | undefined; // [N, H, K] f32
  readonly x?: number | undefined; // 1.5
  readonly eps?: number | undefined; // 1e-6
}

/** o [T,HV,V], finalState [N,HV,K,V] and the second moment after each sequence, finalAState [N,H,K]. */
export interface PreconditionedResult<T> {
  readonly o: T;
  readonly finalState: T | undefined;
  readonly finalAState: T | undefined;
}

/**
 * The gated delta rule whose write key is scaled by x^(−s), s = r / (1 + |r|), r = log(A + eps) − logAtkScale, with the
 * running second moment A_t = exp(gAtk) A_{t-1} + betaAtk k²; q and k are normalised inside. FLA `precond_gated_delta_rule`.
 */
export function precondGatedDeltaRule<T extends Tensor>(
  ops: Ops<T>,
  args: PreconditionedArgs<T> & { readonly g: T } & Batch, // g [T, HV]
): PreconditionedResult<T> {
  return preconditioned(ops, args, { kind: "scalar", g: args.g });
}

/** The same with a gate for each key channel, g [T, HV, K]. FLA `precond_kda`. */
export function precondKda<T extends Tensor>(
  ops: Ops<T>,
  args: PreconditionedArgs<T> & { readonly g: T } & Batch,
): PreconditionedResult<T> {
  return preconditioned(ops, args, { kind: "vector", g: args.g });
}

function preconditioned<T extends Tensor>(
  ops: Ops<T>,
  args: PreconditionedArgs<T> & Batch,
  decay: Decay<T>,
): PreconditionedResult<T> {
  const {
    v,
    beta,
    gAtk,
    betaAtk,
    logAtkScale,
    initialAState,
    outputFinalState,
    x: base = 1.5,
    eps = 1e-6,
  } = args;
  const varlen = batchOf(args);
  return ops.scope(() => {
    const [T, H, K] = args.k.shape as [number, number, number];
    const N = varlen.sequences;
    const q = ops.norm({ kind: "l2", x: args.q, eps: 1e-6 });
    const k = ops.norm({ kind: "l2", x: args.k, eps: 1e-6 });
    const perChannel = (x: T): T =>
      ops.reshape(ops.binary({ kind: "mul", a: ops.reshape(x, [T, H, 1]), b: ops.full(1, [K]) }), [T, H * K]);
    const square = ops.reshape(ops.unary({ kind: "square", x: k }), [T, H * K]);
    const moment = ops.scan({
      x: ops.binary({ kind: "mul", a: perChannel(betaAtk), b: square }),
      g: perChannel(gAtk),
      initialState: initialAState && ops.reshape(initialAState, [N, H * K]),
      outputFinalState,
      varlen,
    });
    const log = ops.unary({
      kind: "log",
      x: ops.affine({ x: ops.reshape(moment.o, [T, H, K]), shift: eps }),
    });
    const r = logAtkScale
      ? ops.binary({ kind: "sub", a: log, b: ops.reshape(logAtkScale, [H, 1]) })
      : ops.affine({ x: log, shift: 0.2 });
    const s = ops.binary({
      kind: "div",
      a: r,
      b: ops.affine({ x: ops.unary({ kind: "abs", x: r }), shift: 1 }),
    });
    const scale = ops.unary({ kind: "exp", x: ops.affine({ x: s, scale: -Math.log(base) }) });
    const { o, finalState } = ops.linearAttention({
      ...args,
      q,
      k: ops.binary({ kind: "mul", a: k, b: scale }),
      v,
      decay,
      erase: { kind: "delta", beta, eraseKey: k },
      varlen,
    });
    return { o, finalState, finalAState: moment.finalState && ops.reshape(moment.finalState, [N, H, K]) };
  });
}
