import type { Kernels, MapName } from "./kernels";

// numbers mapped at a time, so that they stay in the first-level cache
const tile = 4096;

/** Applies a function to every number of x, in place. */
export function mapInPlace({ map }: Kernels, name: MapName, x: Float32Array): void {
  const at = map.lay({ x: Math.min(tile, x.length) + 3 });
  for (let from = 0; from < x.length; from += tile) {
    const count = Math.min(tile, x.length - from);
    at.x.data.set(x.subarray(from, from + count));
    map.run[name](at.x.at, count);
    x.set(at.x.data.subarray(0, count), from);
  }
}
