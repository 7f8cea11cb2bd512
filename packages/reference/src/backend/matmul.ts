import { floats, type Memory } from "./memory";
import type { Verbs } from "./verbs";

export const matmul = (memory: Memory): Verbs<"matmul"> => ({
  matmul: ({ a, b, transposeA, transposeB, bias, dtype, M, N, K, shape }) =>
    memory.make(shape, dtype, (o) => {
      const [x, y, shift] = [floats(a), floats(b), bias && floats(bias)];
      const [am, ak] = transposeA ? [1, M] : [K, 1];
      const [bn, bk] = transposeB ? [K, 1] : [1, N];
      for (let m = 0; m < M; m++)
        for (let n = 0; n < N; n++) {
          let sum = 0;
          for (let k = 0; k < K; k++) sum += x[m * am + k * ak]! * y[n * bn + k * bk]!;
          o[m * N + n] = sum + (shift?.[n] ?? 0);
        }
    }),
});
