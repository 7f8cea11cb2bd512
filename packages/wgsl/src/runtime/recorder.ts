import { BindGroups } from "./bind-groups";
import type { Failures } from "./failures";
import type { Pipeline } from "./pipelines";
import type { Progress } from "./pool";
import { Stopwatch, type Timed } from "./stopwatch";
import { COPY_DST, UNIFORM } from "./usage";

export type Command =
  | {
      readonly kind: "dispatch";
      readonly pipeline: Pipeline;
      readonly uniforms: Uint8Array | undefined;
      /** Buffers at binding 1, 2, … */
      readonly buffers: readonly GPUBufferBinding[];
      readonly workgroups: readonly [x: number, y: number, z: number];
      /** It gets a pass of its own, and this its times. */
      readonly timed: Timed | undefined;
    }
  /** A pass of nothing, which ends when all before it has. */
  | { readonly kind: "mark"; readonly timed: Timed }
  | { readonly kind: "copy"; readonly from: GPUBuffer; readonly to: GPUBuffer; readonly bytes: number }
  | { readonly kind: "clear"; readonly buffer: GPUBuffer; readonly bytes: number };

/** The list of what was recorded. It is encoded and submitted in order, a list at a time, each once its pipelines are there. */
export class Recorder implements Progress {
  readonly #groups: BindGroups;
  #list: Command[] = [];
  #tail: Promise<void> = Promise.resolve();
  #recorded = 0;
  #submitted = 0;
  #submits = 0;
  #dispatches = 0;
  #uniforms: GPUBuffer | undefined;

  constructor(
    readonly device: GPUDevice,
    readonly failures: Failures,
    /** A list of this length is submitted without being asked. */
    readonly longest: number,
    readonly onSubmit: () => void,
  ) {
    this.#groups = new BindGroups(device);
  }

  get recorded(): number {
    return this.#recorded;
  }
  get submitted(): number {
    return this.#submitted;
  }
  get submits(): number {
    return this.#submits;
  }
  get dispatches(): number {
    return this.#dispatches;
  }

  append(command: Command): void {
    this.#list.push(command);
    this.#recorded++;
    if (command.kind === "dispatch") this.#dispatches++;
    if (this.#list.length >= this.longest) void this.submit();
  }

  /** Resolves when all that was recorded is with the device, or has failed: failures go to `failures`. */
  submit(): Promise<void> {
    if (this.#list.length === 0) return this.#tail;
    const list = this.#list;
    const end = this.#recorded;
    this.#list = [];
    const work = this.#tail.then(() => this.#run(list));
    this.failures.track(work);
    return (this.#tail = work
      .catch(() => {})
      .then(() => {
        this.#submitted = end;
        this.onSubmit();
      }));
  }

  dispose(): void {
    this.#list = [];
    this.#uniforms?.destroy();
  }

  async #run(list: readonly Command[]): Promise<void> {
    const used = new Set(list.flatMap((c) => (c.kind === "dispatch" ? [c.pipeline] : [])));
    const ready = await Promise.all([...used].map(async (p) => [p, await p.ready] as const));
    this.failures.expectOpen();
    const pipelines = new Map(ready);
    const names = [...used].map((p) => p.name);
    this.failures.watch(names.join(", ") || "copy", "validation", () => {
      const stride = this.#writeUniforms(list);
      const encoder = this.device.createCommandEncoder();
      let pass: GPUComputePassEncoder | undefined;
      const endPass = () => {
        pass?.end();
        pass = undefined;
      };
      const watch = new Stopwatch(this.device);
      let slot = 0;
      for (const command of list) {
        switch (command.kind) {
          case "dispatch": {
            const { pipeline, buffers, workgroups, timed } = command;
            const uniforms = command.uniforms && {
              buffer: this.#uniforms!,
              size: command.uniforms.byteLength,
            };
            const group = this.#groups.get(pipeline, uniforms, buffers);
            if (timed) endPass();
            pass ??= encoder.beginComputePass(timed && { timestampWrites: watch.next(timed) });
            pass.setPipeline(pipelines.get(pipeline)!);
            pass.setBindGroup(0, group, uniforms ? [stride * slot++] : []);
            pass.dispatchWorkgroups(...workgroups);
            if (timed) endPass();
            break;
          }
          case "mark":
            endPass();
            encoder.beginComputePass({ timestampWrites: watch.next(command.timed) }).end();
            break;
          case "copy":
            endPass();
            encoder.copyBufferToBuffer(command.from, 0, command.to, 0, command.bytes);
            break;
          case "clear":
            endPass();
            encoder.clearBuffer(command.buffer, 0, command.bytes);
            break;
          default:
            command satisfies never;
        }
      }
      endPass();
      const times = watch.resolve(encoder);
      this.device.queue.submit([encoder.finish()]);
      this.failures.track(times());
    });
    this.#submits++;
  }

  /** Puts the uniforms of a list into one buffer, a slot each, with one write. Returns the bytes from slot to slot. */
  #writeUniforms(list: readonly Command[]): number {
    const structs = list.flatMap((c) => (c.kind === "dispatch" && c.uniforms ? [c.uniforms] : []));
    const align = this.device.limits.minUniformBufferOffsetAlignment;
    const largest = structs.reduce((n, s) => Math.max(n, s.byteLength), 0);
    const stride = align * Math.ceil(largest / align);
    const all = new Uint8Array(stride * structs.length);
    structs.forEach((s, i) => void all.set(s, i * stride));
    if (all.length > (this.#uniforms?.size ?? 0)) {
      this.#uniforms?.destroy();
      this.#uniforms = this.device.createBuffer({ size: 2 * all.length, usage: UNIFORM | COPY_DST });
    }
    if (this.#uniforms) this.device.queue.writeBuffer(this.#uniforms, 0, all);
    return stride;
  }
}
