import { UnsupportedError } from "@webfla/ops";

/** A count of workgroups over x and y, so that no axis exceeds the limit; a triple is only checked. */
export function spread(
  name: string,
  workgroups: number | readonly [x: number, y?: number, z?: number],
  limit: number,
): readonly [number, number, number] {
  const [x, y = 1, z = 1] = typeof workgroups === "number" ? rows(workgroups, limit) : workgroups;
  if ([x, y, z].some((n) => !Number.isInteger(n) || n < 0 || n > limit))
    throw new UnsupportedError(
      `${name}: workgroups must be whole numbers up to ${limit} on each axis, got ${[x, y, z].join(" × ")}. Split the batch.`,
    );
  return [x, y, z];
}

// the fewest rows, and rows as even as they can be; a count that is not whole stays what it is, to be refused
function rows(count: number, limit: number): [number, number] {
  if (!Number.isInteger(count)) return [count, 1];
  const y = Math.max(1, Math.ceil(count / limit));
  return [Math.ceil(count / y), y];
}
