import type { Pipeline } from "./pipelines";

/** Groups that are kept; they are all dropped when there are more. */
const most = 8192;

/**
 * Bind groups by what they bind. Making one costs several times what the rest of a dispatch does, and a loop over equal batches gets
 * the same buffers from the pool each time.
 */
export class BindGroups {
  readonly #ids = new WeakMap<object, number>();
  readonly #groups = new Map<string, GPUBindGroup>();
  #next = 0;

  constructor(readonly device: GPUDevice) {}

  /** `uniforms`: what binding 0 is, but for the offset, which is set with the group. */
  get(
    pipeline: Pipeline,
    uniforms: GPUBufferBinding | undefined,
    buffers: readonly GPUBufferBinding[],
  ): GPUBindGroup {
    const parts = uniforms ? [uniforms, ...buffers] : buffers;
    let key = `${this.#id(pipeline)}`;
    for (const { buffer, size } of parts) key += `,${this.#id(buffer)}:${size}`;
    const known = this.#groups.get(key);
    if (known) return known;
    if (this.#groups.size >= most) this.#groups.clear();
    const first = uniforms ? 0 : 1;
    const group = this.device.createBindGroup({
      label: pipeline.name,
      layout: pipeline.layout,
      entries: parts.map((resource, i) => ({ binding: first + i, resource })),
    });
    this.#groups.set(key, group);
    return group;
  }

  #id(object: object): number {
    const known = this.#ids.get(object);
    if (known !== undefined) return known;
    this.#ids.set(object, this.#next);
    return this.#next++;
  }
}
