import type { Ops, Tensor } from "@webfla/ops";
import { linear, type ParameterTable, type Weights } from "../layers/layer";

export const featureMaps = [
  "elementwise_product",
  "hedgehog",
  "t2r",
  "dpfp",
  "elu",
  "relu",
  "swish",
  "identity",
] as const;
export type FeatureMapName = (typeof featureMaps)[number];

/** A map of each query or key on its own, [T, H, K] to [T, H, features]. */
export interface FeatureMap {
  readonly parameters: ParameterTable;
  forward<T extends Tensor>(ops: Ops<T>, weights: Weights<T>, x: T): T;
}

const plain = (forward: <T extends Tensor>(ops: Ops<T>, x: T) => T): FeatureMap => ({
  parameters: {},
  forward: (ops, _, x) => forward(ops, x),
});

/** FLA: fla.modules.feature_map. */
export function featureMap(name: FeatureMapName, headDim: number): FeatureMap {
  switch (name) {
    case "elementwise_product":
      return elementwiseProduct(headDim);
    case "hedgehog":
      return hedgehog(headDim);
    case "t2r":
      return t2r(headDim);
    case "dpfp":
      return plain((ops, x) => dpfp(ops, x, headDim, 4));
    case "elu":
      return plain((ops, x) => ops.affine({ x: ops.unary({ kind: "elu", x }), shift: 1 }));
    case "relu":
      return plain((ops, x) => ops.unary({ kind: "relu", x }));
    case "swish":
      return plain((ops, x) => ops.unary({ kind: "silu", x }));
    case "identity":
      return plain((_, x) => x);
    default:
      return name satisfies never;
  }
}

/** (W₁ x + b₁) · (W₂ x + b₂), element by element. */
const elementwiseProduct = (K: number): FeatureMap => ({
  parameters: {
    "layer1.weight": [K, K],
    "layer1.bias": [K],
    "layer2.weight": [K, K],
    "layer2.bias": [K],
  },
  forward(ops, weights, x) {
    const [a, b] = ["layer1", "layer2"].map((layer) =>
      linear(ops, x, weights(`${layer}.weight`), weights(`${layer}.bias`)),
    ) as [typeof x, typeof x];
    return ops.binary({ kind: "mul", a, b });
  },
});

/** softmax([2y, −2y]) of y = W x + b: 2K features (Zhang et al. 2024, arXiv:2402.04347). */
const hedgehog = (K: number): FeatureMap => ({
  parameters: { "layer.weight": [K, K], "layer.bias": [K] },
  forward(ops, weights, x) {
    const y = linear(ops, x, weights("layer.weight"), weights("layer.bias"));
    const both = [2, -2].map((scale) => ops.affine({ x: y, scale }));
    return ops.softmax({ x: ops.concat({ xs: both, axis: 2 }) });
  },
});

/** relu(W x) (Kasai et al. 2021, arXiv:2103.13076). */
const t2r = (K: number): FeatureMap => ({
  parameters: { "layer.weight": [K, K] },
  forward: (ops, weights, x) => ops.unary({ kind: "relu", x: linear(ops, x, weights("layer.weight")) }),
});

/** Products of r = [relu(x), −relu(x)] with itself turned by 1 to nu channels: 2 K nu features (Schlag et al. 2021, arXiv:2102.11174). */
function dpfp<T extends Tensor>(ops: Ops<T>, x: T, K: number, nu: number): T {
  const positive = ops.unary({ kind: "relu", x });
  // FLA's second half mirrors the first, where the paper has relu(−x)
  const r = ops.concat({ xs: [positive, ops.unary({ kind: "neg", x: positive })], axis: 2 });
  const turned = (by: number): T =>
    ops.concat({
      xs: [
        ops.slice({ x: r, axis: 2, start: 2 * K - by, end: 2 * K }),
        ops.slice({ x: r, axis: 2, start: 0, end: 2 * K - by }),
      ],
      axis: 2,
    });
  const products = Array.from({ length: nu }, (_, j) => ops.binary({ kind: "mul", a: r, b: turned(j + 1) }));
  return ops.concat({ xs: products, axis: 2 });
}
