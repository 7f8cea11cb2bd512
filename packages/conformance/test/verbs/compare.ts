import type { HostArray, Ops, Tensor } from "@webfla/ops";
import { type Case, maker } from "./maker";

export type Results = Readonly<Record<string, HostArray | undefined>>;

/** Runs a case on a backend and brings its results to the host; nothing of it stays on the device. */
export async function compute<T extends Tensor>(
  ops: Ops<T>,
  { name, run }: Case,
  storage: "f32" | "f16",
): Promise<Results> {
  const made = ops.scope(() => run(maker(ops, name, storage)));
  const read = await Promise.all(
    Object.entries(made).map(async ([key, x]) => [key, x && (await ops.read(x))] as const),
  );
  for (const x of Object.values(made)) x?.dispose();
  return Object.fromEntries(read);
}

/** Root mean square of the difference over that of the expectation; exact for integers. NaN where either has one. */
export function relativeError(got: HostArray, want: HostArray): number {
  if (got.length !== want.length) return Number.NaN;
  if (want instanceof Int32Array) return got.every((x, i) => x === want[i]) ? 0 : Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let i = 0; i < want.length; i++) {
    difference += (got[i]! - want[i]!) ** 2;
    size += want[i]! ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size);
}
