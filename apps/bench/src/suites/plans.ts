import { createOps, type LinearAttentionResult, type Ops } from "@webfla/ops";
import * as fla from "@webfla/ops/fla";
import { fromLengths, type Varlen } from "@webfla/varlen";
import { createWebGpuBackend, type GpuTensor, openRuntime } from "@webfla/wgsl";
import { type Found, findAdapters } from "../adapters";
import { type Effort, green, type Measurement, once, relativeError, repeat } from "../measure";

type Inputs = Readonly<Record<"q" | "k" | "v" | "g" | "gk" | "beta" | "a" | "b", GpuTensor>>;
type Run = (ops: Ops<GpuTensor>, inputs: Inputs, varlen: Varlen) => LinearAttentionResult<GpuTensor>;

const laws: Readonly<Record<string, Run>> = {
  retention: (ops, { q, k, v }, varlen) => fla.retention(ops, { q, k, v, varlen }),
  simpleGla: (ops, { q, k, v, g }, varlen) => fla.simpleGla(ops, { q, k, v, g, varlen }),
  gla: (ops, { q, k, v, gk: g }, varlen) => fla.gla(ops, { q, k, v, g, varlen }),
  deltaRule: (ops, { q, k, v, beta }, varlen) => fla.deltaRule(ops, { q, k, v, beta, varlen }),
  gatedDeltaRule: (ops, { q, k, v, g, beta }, varlen) =>
    fla.gatedDeltaRule(ops, { q, k, v, g, beta, varlen }),
  kda: (ops, { q, k, v, gk: g, beta }, varlen) => fla.kda(ops, { q, k, v, g, beta, varlen }),
  rwkv7: (ops, { q: r, k, v, gk: w, a, b }, varlen) => fla.rwkv7(ops, { r, k, v, w, a, b, varlen }),
};

const H = 4;
const D = 64;

// 64 documents as they come: most short, a few long
const skewed = [
  527, 578, 173, 63, 606, 207, 363, 88, 335, 54, 3585, 189, 275, 216, 483, 126, 444, 72, 149, 141, 157, 791,
  104, 552, 637, 1569, 963, 165, 1843, 898, 111, 43, 747, 322, 1381, 670, 310, 119, 254, 80, 181, 28, 2310,
  265, 409, 706, 349, 463, 504, 225, 1039, 244, 1130, 393, 298, 198, 841, 134, 287, 426, 96, 234, 1241, 377,
];

/** Inputs of T tokens, drawn on the device's own terms: unit keys, gates near 1. */
function draw(ops: Ops<GpuTensor>, T: number): Inputs {
  const noise = (shape: readonly number[], phase: number): GpuTensor => {
    const n = shape.reduce((a, b) => a * b, 1);
    return ops.tensor(
      Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898 + phase) * 0.5),
      shape,
    );
  };
  return ops.scope(() => {
    const unit = (phase: number): GpuTensor =>
      ops.norm({ kind: "l2", x: noise([T, H, D], phase), eps: 1e-6 });
    const gate = (shape: readonly number[], phase: number): GpuTensor =>
      ops.affine({ x: ops.unary({ kind: "square", x: noise(shape, phase) }), scale: -0.2 });
    const [q, k, v, a] = [unit(1), unit(2), noise([T, H, D], 3), unit(4)];
    return {
      q,
      k,
      v,
      a,
      g: gate([T, H], 5),
      gk: gate([T, H, D], 6),
      beta: ops.unary({ kind: "sigmoid", x: noise([T, H], 7) }),
      b: ops.affine({ x: a, scale: -0.5 }),
    };
  });
}

/** Chunks against token by token, and packed against padded, on every adapter. */
export async function* plansSuite(effort: Effort): AsyncGenerator<Measurement> {
  for (const found of await findAdapters()) yield* onAdapter(found, effort);
}

async function* onAdapter(
  { adapter, name: on, software }: Found,
  effort: Effort,
): AsyncGenerator<Measurement> {
  const runtime = await openRuntime({ adapter });
  const small = effort.quick || software;
  const about = { suite: "plans", on, correctnessOnly: software, tolerance: 1e-4 };
  const chunked = createOps(createWebGpuBackend(runtime, { plan: "chunked" }));
  const recurrent = createOps(createWebGpuBackend(runtime, { plan: "recurrent" }));
  const auto = createOps(createWebGpuBackend(runtime));

  /** One call and all its work, without reading back; ten in a row, as a model would make them. */
  const inARow = small ? 1 : 10;
  const work = async (ops: Ops<GpuTensor>, run: Run, inputs: Inputs, varlen: Varlen): Promise<void> => {
    for (let i = 0; i < inARow; i++) run(ops, inputs, varlen).o.dispose();
    await runtime.flush();
    await runtime.device.queue.onSubmittedWorkDone();
  };
  const values = async (
    ops: Ops<GpuTensor>,
    run: Run,
    inputs: Inputs,
    varlen: Varlen,
  ): Promise<Float32Array> => {
    const { o } = run(ops, inputs, varlen);
    const read = (await ops.read(o)) as Float32Array;
    o.dispose();
    return read;
  };
  async function* compare(
    title: string,
    versus: string,
    error: number,
    mine: () => Promise<void>,
    theirs: () => Promise<void>,
  ): AsyncGenerator<Measurement> {
    const { ms: coldMs } = await once(mine);
    const row = { ...about, name: title, error, coldMs: coldMs / inARow };
    if (!green(row)) {
      yield row;
      return;
    }
    const each = ({ medianMs, fastestMs, slowestMs, samples }: Awaited<ReturnType<typeof repeat>>) => ({
      medianMs: medianMs / inARow,
      fastestMs: fastestMs / inARow,
      slowestMs: slowestMs / inARow,
      samples,
    });
    await theirs();
    const slow = each(await repeat(`${title} ${versus}`, theirs, effort));
    const warm = each(await repeat(title, mine, effort));
    yield { ...row, warm, versus: { name: versus, ratio: slow.medianMs / warm.medianMs } };
  }

  // a software adapter compiles each law for seconds
  const chosen = Object.entries(laws).filter(([law]) => !small || law === "retention" || law === "deltaRule");
  const T = small ? 256 : 8192;
  const one = fromLengths([T]);
  const inputs = draw(auto, T);
  for (const [law, run] of chosen) {
    const error = relativeError(
      await values(chunked, run, inputs, one),
      await values(recurrent, run, inputs, one),
    );
    const [mine, theirs] = [chunked, recurrent].map((ops) => () => work(ops, run, inputs, one)) as [
      () => Promise<void>,
      () => Promise<void>,
    ];
    yield* compare(`${law} T=${T} in chunks`, "token by token", error, mine, theirs);
  }
  for (const x of Object.values(inputs)) x.dispose();

  const lengths = small ? skewed.slice(0, 6).map((n) => n >> 4) : skewed;
  const packed = fromLengths(lengths);
  const padded = fromLengths(lengths.map(() => Math.max(...lengths)));
  const saved = padded.totalTokens / packed.totalTokens;
  const [few, many] = [draw(auto, packed.totalTokens), draw(auto, padded.totalTokens)];
  for (const [law, run] of chosen) {
    const error = relativeError(
      await values(auto, run, few, packed),
      await values(recurrent, run, few, packed),
    );
    yield* compare(
      `${law}, ${lengths.length} ragged sequences packed`,
      `padded to ${saved.toFixed(1)}× the tokens`,
      error,
      () => work(auto, run, few, packed),
      () => work(auto, run, many, padded),
    );
  }
  for (const x of [...Object.values(few), ...Object.values(many)]) x.dispose();
  runtime.dispose();
}
