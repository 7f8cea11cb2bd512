import type { Ops, Tensor } from "@webfla/ops";
import { lowerBoundNames } from "../modules/forget-gate";
import type { Prelude } from "./architecture";
import type { ConfigReader } from "./config";

/** What keeps a logarithm finite where a softmax underflows. */
const tiny = 1e-30;

/**
 * The bounds below which each layer's forget gate cannot fall: b_i = Σ_{1 ≤ j ≤ i} softmax(lower_bounds)_j over layers,
 * so that upper layers remember longer and the first is free. Shared as log b and log b − log(1 − b), [1, width].
 */
const lowerBounds = (layers: number, width: number): Prelude => ({
  parameters: { "model.lower_bounds": [layers, width] },
  forward(ops, weights) {
    if (layers === 1) return {};
    const table = ops.cast({ x: weights("model.lower_bounds"), dtype: "f32" });
    const parts = ops.transpose({ x: ops.softmax({ x: ops.transpose({ x: table }) }) }); // [layers, width]
    // both sums of positive terms: 1 − b would lose what little an upper layer forgets
    const logSum = (holds: (i: number, j: number) => boolean) =>
      ops.unary({
        kind: "log",
        x: ops.affine({ x: ops.matmul({ a: chosen(ops, layers, holds), b: parts }), shift: tiny }),
      });
    const log = logSum((i, j) => j > 0 && j <= i);
    const logit = ops.binary({ kind: "sub", a: log, b: logSum((i, j) => j === 0 || j > i) });
    const row = (x: typeof log, i: number) => ops.slice({ x, axis: 0, start: i - 1, end: i });
    return Object.fromEntries(
      Array.from({ length: layers - 1 }, (_, n) => n + 1).flatMap((i) => [
        [lowerBoundNames(i).log, row(log, i)],
        [lowerBoundNames(i).logit, row(logit, i)],
      ]),
    );
  },
});

/** A row of zeros and ones for each layer but the first. [layers − 1, layers] */
const chosen = <T extends Tensor>(ops: Ops<T>, layers: number, holds: (i: number, j: number) => boolean): T =>
  ops.tensor(
    Float32Array.from({ length: (layers - 1) * layers }, (_, n) =>
      holds(1 + Math.floor(n / layers), n % layers) ? 1 : 0,
    ),
    [layers - 1, layers],
  );

/** With `use_lower_bound`, the parameters of all layers. */
export const readLowerBounds = (config: ConfigReader): Prelude | undefined =>
  config.boolean("use_lower_bound", true)
    ? lowerBounds(
        config.integer("num_hidden_layers", { max: 4096 }),
        config.integer("hidden_size", { default: 2048 }),
      )
    : undefined;
