import { type CpuTensor, floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

export const optimizer = (memory: Memory): Verbs<"adamw"> => ({
  adamw({ param, grad, m, v, gradScale, lr, beta1, beta2, eps, weightDecay, step }) {
    const scale = floats(gradScale)[0]!;
    const copy = (x: CpuTensor): CpuTensor => memory.make(x.shape, x.dtype, (o) => o.set(x.data));
    if (!Number.isFinite(scale)) return { param: copy(param), m: copy(m), v: copy(v) };
    const g = floats(grad);
    const first = memory.make(m.shape, "f32", (o) => {
      const before = floats(m);
      for (let i = 0; i < o.length; i++) o[i] = beta1 * before[i]! + (1 - beta1) * scale * g[i]!;
    });
    const second = memory.make(v.shape, "f32", (o) => {
      const before = floats(v);
      for (let i = 0; i < o.length; i++) o[i] = beta2 * before[i]! + (1 - beta2) * (scale * g[i]!) ** 2;
    });
    const [rate, root] = [lr / (1 - beta1 ** step), Math.sqrt(1 - beta2 ** step)];
    const moved = memory.make(param.shape, param.dtype, (o) => {
      const [x, y, z] = [floats(param), floats(first), floats(second)];
      for (let i = 0; i < o.length; i++)
        o[i] = (1 - lr * weightDecay) * x[i]! - (rate * y[i]!) / (Math.sqrt(z[i]!) / root + eps);
    });
    return { param: moved, m: first, v: second };
  },
});
