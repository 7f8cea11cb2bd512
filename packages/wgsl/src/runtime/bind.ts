import { DisposedError, ShaderError, UnsupportedError } from "@webfla/ops";
import type { Pipeline } from "./pipelines";
import type { GpuArray, GpuTensor, Storage } from "./tensor";

// an empty tensor too is bound, and as an array of vec4
const smallest = 16;

/** What is bound of each buffer: the data and no more, so that arrayLength tells its size and nothing beyond is touched. */
export function bind(
  label: string,
  { storage }: Pipeline,
  bindings: readonly (GpuTensor | GpuArray)[],
  maxBindingSize: number,
): readonly GPUBufferBinding[] {
  if (bindings.length !== storage.length)
    throw new ShaderError(
      `${label}: bindings must be those of the shader (${storage.map((d) => d.name).join(", ")}), got ${bindings.length}. Compare the call with the shader.`,
    );
  const users = new Map<Storage, number>();
  return storage.map(({ name, type }, i) => {
    const x = bindings[i]!;
    if (x.disposed)
      throw new DisposedError(
        `${label}: ${name} must be alive, got a disposed tensor. Return it from its scope to keep it.`,
      );
    const other = users.get(x.storage);
    if (other !== undefined && (type === "storage" || storage[other]!.type === "storage"))
      throw new ShaderError(
        `${label}: a buffer that is written must be bound once, got one as ${storage[other]!.name} and ${name}. Write to a new tensor.`,
      );
    if (other === undefined || type === "storage") users.set(x.storage, i);
    const size = Math.min(Math.max(smallest, 4 * Math.ceil(x.bytes / 4)), x.buffer.size);
    if (size > maxBindingSize)
      throw new UnsupportedError(
        `${label}: ${name} must have at most ${maxBindingSize} bytes on this device, got ${size}. Split the batch.`,
      );
    return { buffer: x.buffer, offset: 0, size };
  });
}
