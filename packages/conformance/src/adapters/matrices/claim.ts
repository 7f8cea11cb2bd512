/** The product of matrices that kernels count on: f16 of 16 × 16 into f32, by subgroups of 32. */
const product = { componentType: "f16", resultComponentType: "f32", M: 16, N: 16, K: 16 };

/** Reads the properties that a native object's prototype holds. */
const copy = (from: object): Record<string, unknown> => {
  const copied: Record<string, unknown> = {};
  for (const key in from) copied[key] = (from as Record<string, unknown>)[key];
  return copied;
};

/** What an adapter or a device says of itself, with matrices. */
export const claimInfo = (info: GPUAdapterInfo): GPUAdapterInfo =>
  ({
    ...copy(info),
    subgroupMinSize: 32,
    subgroupMaxSize: 32,
    subgroupMatrixConfigs: [product],
  }) as unknown as GPUAdapterInfo;

/** Limits, some of them larger. */
export const claimLimits = (
  limits: GPUSupportedLimits,
  larger: Readonly<Record<string, number>>,
): GPUSupportedLimits => ({ ...copy(limits), ...larger }) as unknown as GPUSupportedLimits;

/** Gives a native object properties of its own: what calls it finds these, and it calls its own. */
export function override<T extends object>(target: T, properties: Partial<T>): T {
  for (const [key, value] of Object.entries(properties)) Object.defineProperty(target, key, { value });
  return target;
}
