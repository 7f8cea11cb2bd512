import type { Backend, BackendVerbs, LooseArgs, MemoryUse, Verb, VerbTable } from "./backend";
import { expectAlive } from "./check";
import { ShapeError, UnsupportedError } from "./errors";
import { Scopes } from "./scope";
import { type DType, elements, type HostArray, type Shape, showShape, type Tensor } from "./tensor";
import * as dense from "./verbs/dense";
import * as elementwise from "./verbs/elementwise";
import { checkLinearAttention } from "./verbs/linear-attention";
import { checkNorm } from "./verbs/norm";
import { checkAdamw } from "./verbs/optimizer";
import { checkSample } from "./verbs/sample";
import * as scan from "./verbs/scan";
import * as sequence from "./verbs/sequence";

/** The verbs a layer is written against. They check, record and return at once; only `read` waits. */
export type Ops<T extends Tensor> = {
  readonly name: string;
  readonly backend: Backend<T>;
  /** Copies host data to the device. Throws ShapeError where the count does not match, UnsupportedError for a dtype it lacks. */
  tensor(data: HostArray, shape: Shape, dtype?: DType): T;
  full(value: number, shape: Shape, dtype?: DType): T;
  reshape(x: T, shape: Shape): T;
  read(x: T): Promise<HostArray>;
  /** Runs a synchronous body; disposes every tensor made in it but those in the value it returns. */
  scope<R>(body: () => R): R;
  memory(): MemoryUse;
  dispose(): void;
} & { readonly [V in Verb]: (args: LooseArgs<T>[V]) => VerbTable<T>[V][1] };

type Checks<T extends Tensor> = { readonly [V in Verb]: (args: LooseArgs<T>[V]) => VerbTable<T>[V][0] };

/** Checks and completes the arguments of every verb, the same for all backends. */
export const checks = <T extends Tensor>(): Checks<T> => ({
  unary: elementwise.checkUnary,
  affine: elementwise.checkAffine,
  binary: elementwise.checkBinary,
  cast: elementwise.checkCast,
  matmul: dense.checkMatmul,
  gather: dense.checkGather,
  scatterAdd: dense.checkScatterAdd,
  transpose: dense.checkTranspose,
  slice: dense.checkSlice,
  concat: dense.checkConcat,
  reduce: dense.checkReduce,
  softmax: (args) => dense.checkRows("softmax", args),
  argmax: (args) => dense.checkRows("argmax", args),
  sample: checkSample,
  featureMap: dense.checkFeatureMap,
  norm: checkNorm,
  shortConv: sequence.checkShortConv,
  tokenShift: sequence.checkTokenShift,
  rotary: sequence.checkRotary,
  attention: sequence.checkAttention,
  crossEntropy: sequence.checkCrossEntropy,
  cumulative: sequence.checkCumulative,
  linearAttention: checkLinearAttention,
  scan: scan.checkScan,
  selectiveScan: scan.checkSelectiveScan,
  rwkv4: scan.checkRwkv4,
  adamw: checkAdamw,
});

/** Every verb's name. */
export const verbs = Object.keys(checks()) as readonly Verb[];

/** Puts the checks and the scopes in front of a backend. */
export function createOps<T extends Tensor>(backend: Backend<T>): Ops<T> {
  const scopes = new Scopes();
  const check = checks<T>();
  const device: BackendVerbs<T> = backend;
  const verb = <V extends Verb>(name: V) => [
    name,
    (args: LooseArgs<T>[V]) => scopes.own(device[name](check[name](args))),
  ];
  const expectDType = (op: string, dtype: DType): void => {
    if (!backend.dtypes.includes(dtype))
      throw new UnsupportedError(
        `${op}: dtype must be one that ${backend.name} has (${backend.dtypes.join(", ")}), got ${dtype}. Use f32.`,
      );
  };
  return {
    ...(Object.fromEntries(verbs.map(verb)) as {
      readonly [V in Verb]: (args: LooseArgs<T>[V]) => VerbTable<T>[V][1];
    }),
    name: backend.name,
    backend,
    tensor(data, shape, dtype = data instanceof Int32Array ? "i32" : "f32") {
      if (data.length !== elements(shape))
        throw new ShapeError(
          `tensor: ${showShape(shape)} must hold ${elements(shape)} elements, got ${data.length}. Correct the shape.`,
        );
      if (data instanceof Int32Array !== (dtype === "i32"))
        throw new ShapeError(
          `tensor: ${dtype} must come from ${dtype === "i32" ? "an Int32Array" : "a Float32Array"}, got another array. Convert it.`,
        );
      expectDType("tensor", dtype);
      return scopes.own(backend.upload(data, shape, dtype));
    },
    full(value, shape, dtype = "f32") {
      expectDType("full", dtype);
      return scopes.own(backend.fill(value, shape, dtype));
    },
    cast(args) {
      expectDType("cast", args.dtype);
      return scopes.own(backend.cast(check.cast(args)));
    },
    reshape(x, shape) {
      expectAlive("reshape", "x", x);
      if (elements(shape) !== elements(x.shape))
        throw new ShapeError(
          `reshape: ${showShape(shape)} must hold ${elements(x.shape)} elements, got ${elements(shape)}. Correct the shape.`,
        );
      return scopes.own(backend.reshape(x, shape));
    },
    read(x) {
      expectAlive("read", "x", x);
      return backend.read(x);
    },
    scope: (body) => scopes.run(body),
    memory: () => backend.memory(),
    dispose: () => backend.dispose(),
  };
}
