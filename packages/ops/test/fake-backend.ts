import {
  type Backend,
  type DType,
  elements,
  type HostArray,
  type Shape,
  type Tensor,
  type Verb,
  verbs,
} from "../src";

export class FakeTensor implements Tensor {
  static live = 0;
  disposed = false;
  constructor(
    readonly shape: Shape,
    readonly dtype: DType,
    readonly data: HostArray,
  ) {
    FakeTensor.live++;
  }
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    FakeTensor.live--;
  }
}

export interface Call {
  readonly verb: Verb;
  readonly args: object;
}

/** Records the checked arguments of each verb and answers with a one-element tensor. */
export function fakeBackend(dtypes: readonly DType[] = ["f32", "f16", "i32"]): {
  backend: Backend<FakeTensor>;
  calls: Call[];
} {
  const calls: Call[] = [];
  const make = (shape: Shape, dtype: DType, data?: HostArray): FakeTensor =>
    new FakeTensor(shape, dtype, data ?? new Float32Array(elements(shape)));
  const answer = (verb: Verb) => [
    verb,
    (args: object) => {
      calls.push({ verb, args });
      return make([1], "f32");
    },
  ];
  const backend = {
    ...Object.fromEntries(verbs.map(answer)),
    name: "fake",
    dtypes,
    upload: (data: HostArray, shape: Shape, dtype: DType) => make(shape, dtype, data),
    fill: (_value: number, shape: Shape, dtype: DType) => make(shape, dtype),
    reshape: (x: FakeTensor, shape: Shape) => make(shape, x.dtype, x.data),
    read: (x: FakeTensor) => Promise.resolve(x.data),
    memory: () => ({ tensors: FakeTensor.live, bytes: 0, pooledBytes: 0, peakBytes: 0 }),
    dispose: () => {},
    backward: {},
  };
  return { backend: backend as unknown as Backend<FakeTensor>, calls };
}
