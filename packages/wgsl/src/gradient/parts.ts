import { elements, type Shape } from "@webfla/ops";
import { reduce, slice, stack } from "../dense";
import type { Device } from "../launch";
import type { GpuTensor } from "../runtime";

/** Rows that one thread adds up in the first stage of a sum over all rows; the second adds up at most 128 blocks. */
export const blockOf = (rows: number): number => Math.max(32, Math.ceil(rows / 128));

/** The sum over the first axis. Takes x over. */
export function sumRows(device: Device, x: GpuTensor): GpuTensor {
  const sum = reduce(device, { kind: "sum", x, axis: 0, shape: x.shape.slice(1) });
  x.dispose();
  return sum;
}

/** x[.., start:end, ..] along an axis, in a shape. */
export function cut(
  device: Device,
  x: GpuTensor,
  axis: number,
  [start, end]: readonly [start: number, end: number],
  shape: Shape,
): GpuTensor {
  const part = slice(device, { x, axis, start, end, shape: x.shape.with(axis, end - start) });
  const shaped = device.reshape(part, shape);
  part.dispose();
  return shaped;
}

/** Runs of a tensor, one after the other, each in its shape. Takes x over. */
export function cutAll(device: Device, x: GpuTensor, shapes: readonly Shape[]): GpuTensor[] {
  const flat = device.reshape(x, [elements(x.shape)]);
  x.dispose();
  let start = 0;
  const runs = shapes.map((shape) => {
    const end = start + elements(shape);
    const run = cut(device, flat, 0, [start, end], shape);
    start = end;
    return run;
  });
  flat.dispose();
  return runs;
}

/**
 * Tensors [rows, width] side by side in one buffer [rows, Σ width] for the length of a call; one alone is taken as it is, whatever
 * its storage, several become f32.
 */
export function together<R>(
  device: Device,
  tensors: readonly GpuTensor[],
  body: (buffer: GpuTensor) => R,
): R {
  const views = tensors.map((x) => device.reshape(x, [x.shape[0]!, 1, x.shape[1]!]));
  const { buffer, owned } = stack(device, Object.fromEntries(views.map((view, i) => [`part${i}`, view])))!;
  const result = body(buffer);
  if (owned) buffer.dispose();
  for (const view of views) view.dispose();
  return result;
}
