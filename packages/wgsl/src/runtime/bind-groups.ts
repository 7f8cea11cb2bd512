import type { Pipeline } from "./pipelines";

/** So many are remembered, and as many again that were used before them. */
const most = 8192;

/**
 * Bind groups by what they bind. Making one costs several times what the rest of a dispatch does, and a loop over equal batches gets
 * the same buffers from the pool each time.
 */
export class BindGroups {
  readonly #ids = new WeakMap<object, number>();
  #groups = new Map<string, GPUBindGroup>();
  #before = new Map<string, GPUBindGroup>();
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
    const group = this.#before.get(key) ?? this.#create(pipeline, uniforms ? 0 : 1, parts);
    if (this.#groups.size >= most) [this.#before, this.#groups] = [this.#groups, new Map()];
    this.#groups.set(key, group);
    return group;
  }

  #create(pipeline: Pipeline, first: number, parts: readonly GPUBufferBinding[]): GPUBindGroup {
    return this.device.createBindGroup({
      label: pipeline.name,
      layout: pipeline.layout,
      entries: parts.map((resource, i) => ({ binding: first + i, resource })),
    });
  }

  #id(object: object): number {
    const known = this.#ids.get(object);
    if (known !== undefined) return known;
    this.#ids.set(object, this.#next);
    return this.#next++;
  }
}
