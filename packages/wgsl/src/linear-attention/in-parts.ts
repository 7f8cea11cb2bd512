import type { BackwardVerb, CheckedLinearAttention, Decay, Erase, LinearAttentionResult } from "@webfla/ops";
import { binary, place, slice } from "../dense";
import { type Device, make } from "../launch";
import { GpuTensor } from "../runtime";
import type { Part } from "./parts";

type Args = CheckedLinearAttention<GpuTensor>;
type Back = BackwardVerb<GpuTensor, "linearAttention">;

/** Every tensor of an erase law through a function. */
const mapErase = (erase: Erase<GpuTensor>, of: (x: GpuTensor, name: string) => GpuTensor): Erase<GpuTensor> =>
  Object.fromEntries(
    Object.entries(erase).map(([name, x]) => [name, x instanceof GpuTensor ? of(x, name) : x]),
  ) as Erase<GpuTensor>;

const mapDecay = (decay: Decay<GpuTensor>, of: (x: GpuTensor) => GpuTensor): Decay<GpuTensor> =>
  decay.kind === "head" ? decay : { kind: decay.kind, g: of(decay.g) };

/** Rows [first, end) of x, which the caller disposes. */
const rowsOf = (device: Device, x: GpuTensor, [first, end]: readonly [number, number]): GpuTensor =>
  slice(device, { x, axis: 0, start: first, end, shape: [end - first, ...x.shape.slice(1)] });

/** A part's call: its rows of every argument, from the state that the part before left or that the batch begins with. */
function callOf(device: Device, args: Args, part: Part, carried: GpuTensor | undefined) {
  const { steps, decay, erase, initialState, outputFinalState, sizes } = args;
  const made: GpuTensor[] = [];
  const cut = (x: GpuTensor, range: readonly [number, number]): GpuTensor => {
    const rows = rowsOf(device, x, range);
    made.push(rows);
    return rows;
  };
  const [first, end] = part.tokens;
  const tokens = (x: GpuTensor): GpuTensor => cut(x, part.tokens);
  const writes = (x: GpuTensor): GpuTensor => cut(x, [first * steps, end * steps]);
  const call: Args = {
    ...args,
    q: tokens(args.q),
    k: writes(args.k),
    v: writes(args.v),
    decay: decay && mapDecay(decay, tokens),
    erase: erase && mapErase(erase, writes),
    initialState: carried ?? (initialState && cut(initialState, part.sequences)),
    outputFinalState: part.continued || outputFinalState,
    varlen: part.varlen,
    sizes: { ...sizes, T: end - first, N: part.varlen.sequences },
  };
  const dispose = (): void => {
    for (const x of made) x.dispose();
  };
  return { call, dispose };
}

/** A batch part by part: `run` is given each part's call, and its results are put together. */
export function inParts(
  device: Device,
  args: Args,
  parts: readonly Part[],
  run: (call: Args) => LinearAttentionResult<GpuTensor>,
): LinearAttentionResult<GpuTensor> {
  const { T, N, HV, K, V } = args.sizes;
  const o = make(device, [T, HV, V], args.v.dtype);
  const finalState = args.outputFinalState ? make(device, [N, HV, K, V], "f32") : undefined;
  let carried: GpuTensor | undefined;
  for (const part of parts) {
    const { call, dispose } = callOf(device, args, part, carried);
    const result = run(call);
    place(device, result.o, o, part.tokens[0]);
    if (finalState && !part.continued) place(device, result.finalState!, finalState, part.sequences[0]);
    carried?.dispose();
    carried = part.continued ? result.finalState : undefined;
    if (!carried) result.finalState?.dispose();
    result.o.dispose();
    dispose();
  }
  return { o, finalState };
}

/** Tensors that grow with the parts: rows at their place, or sums. */
class Gathering {
  readonly #found = new Map<string, GpuTensor>();

  constructor(readonly device: Device) {}

  /** Rows of a tensor of `count`, from row `first` on. Takes x over. */
  rows(name: string, x: GpuTensor, first: number, count: number): GpuTensor {
    const whole = this.#found.get(name) ?? make(this.device, [count, ...x.shape.slice(1)], x.dtype);
    this.#found.set(name, whole);
    place(this.device, x, whole, first);
    x.dispose();
    return whole;
  }

  /** What all parts add up to. Takes x over. */
  sum(name: string, x: GpuTensor): GpuTensor {
    const before = this.#found.get(name);
    const { device } = this;
    const sum = before ? binary(device, { kind: "add", a: before, b: x, shape: x.shape, dtype: x.dtype }) : x;
    this.#found.set(name, sum);
    if (before) for (const used of [before, x]) used.dispose();
    return sum;
  }
}

/**
 * Gradients part by part, from the last to the first: `stateAfter` computes again the states at which parts begin, which the caller here
 * disposes, and `back` is given each part's call and gradients.
 */
export function backInParts(
  device: Device,
  { args, grad }: Pick<Parameters<Back>[0], "args" | "grad">,
  parts: readonly Part[],
  stateAfter: (call: Args) => GpuTensor,
  back: (call: Pick<Parameters<Back>[0], "args" | "grad">) => ReturnType<Back>,
): ReturnType<Back> {
  const starts: (GpuTensor | undefined)[] = [undefined];
  for (const [i, part] of parts.entries()) {
    const { call, dispose } = callOf(device, args, part, starts[i]);
    starts.push(part.continued ? stateAfter(call) : undefined);
    dispose();
  }
  const gathering = new Gathering(device);
  let gradients: ReturnType<Back> = {};
  let flowing: GpuTensor | undefined;
  for (const [i, part] of [...parts.entries()].reverse()) {
    const { call, dispose } = callOf(device, args, part, starts[i]);
    const o = grad.o && rowsOf(device, grad.o, part.tokens);
    const state = flowing ?? (grad.finalState && rowsOf(device, grad.finalState, part.sequences));
    const found = back({ args: call, grad: { o, finalState: state } });
    for (const x of [o, state, starts[i]]) x?.dispose();
    dispose();
    flowing = part.continues ? found.initialState : undefined;
    gradients = gather(gathering, args, part, found);
  }
  return gradients;
}

/** Puts what a part found where it belongs. */
function gather(
  to: Gathering,
  { steps, sizes }: Args,
  part: Part,
  found: ReturnType<Back>,
): ReturnType<Back> {
  const [first] = part.tokens;
  const tokens = (x: GpuTensor, name: string): GpuTensor => to.rows(name, x, first, sizes.T);
  const writes = (x: GpuTensor, name: string): GpuTensor => to.rows(name, x, first * steps, sizes.T * steps);
  const { q, k, v, decay, erase, read, initialState } = found;
  return {
    q: tokens(q!, "q"),
    k: writes(k!, "k"),
    v: writes(v!, "v"),
    ...(decay && {
      decay:
        decay.kind === "head"
          ? { kind: "head", slopes: to.sum("slopes", decay.slopes) }
          : mapDecay(decay, (g) => tokens(g, "g")),
    }),
    ...(erase && { erase: mapErase(erase, writes) }),
    ...(read?.kind === "bonus" && { read: { kind: "bonus", u: to.sum("u", read.u) } }),
    ...(initialState &&
      !part.continues && {
        initialState: to.rows("initialState", initialState, part.sequences[0], sizes.N),
      }),
  };
}
