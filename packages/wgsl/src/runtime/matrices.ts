import type { Tier } from "./runtime";

/** What a device says of the products that its subgroups multiply; @webgpu/types has no word for it. */
interface MatrixConfig {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/**
 * Whether the kernels' matrices, f16 of 16 × 16 into f32, are there, and subgroups have the 32 threads that they count on.
 * Takes what an adapter says of itself: Dawn's devices have the feature but do not say which products.
 */
export function hasMatrices(info: GPUAdapterInfo, features: ReadonlySet<Tier>): boolean {
  const { subgroupMinSize, subgroupMaxSize } = info;
  const { subgroupMatrixConfigs = [] } = info as { subgroupMatrixConfigs?: readonly MatrixConfig[] };
  return (
    features.has("shader-f16") &&
    features.has("chromium-experimental-subgroup-matrix") &&
    subgroupMinSize === 32 &&
    subgroupMaxSize === 32 &&
    [...subgroupMatrixConfigs].some(
      ({ componentType, resultComponentType, M, N, K }) =>
        componentType === "f16" && resultComponentType === "f32" && M === 16 && N === 16 && K === 16,
    )
  );
}
