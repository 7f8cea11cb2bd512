import { ShaderError, UnsupportedError } from "@webfla/ops";
import type { Specialisation } from "./kernel";
import { type Linked, link, type Module } from "./link";
import type { RuntimeInfo } from "./runtime";
import { type DeclaredBinding, declaredBindings } from "./shader-interface";
import { COMPUTE } from "./usage";

/** A kernel's shader on the device. */
export interface Pipeline {
  readonly name: string;
  /** The linked WGSL. */
  readonly code: string;
  /** Whether the struct at binding 0 is declared. */
  readonly hasUniforms: boolean;
  /** The buffers at binding 1, 2, … */
  readonly storage: readonly DeclaredBinding[];
  readonly layout: GPUBindGroupLayout;
  /** Rejects with ShaderError. */
  readonly ready: Promise<GPUComputePipeline>;
}

/** Pipelines by their text. Compilation starts when one is first asked for; nobody waits until it is used. */
export class Pipelines {
  readonly #byText = new Map<string, Pipeline>();
  readonly #byParts = new Map<string, Pipeline>();
  readonly #ids = new WeakMap<Module, number>();
  #modules = 0;
  #compiled = 0;

  constructor(
    readonly device: GPUDevice,
    readonly info: Pick<RuntimeInfo, "features" | "limits">,
  ) {}

  get size(): number {
    return this.#byText.size;
  }
  get compiled(): number {
    return this.#compiled;
  }

  /** Throws ShaderError where the modules do not link, UnsupportedError where the device lacks what the kernel needs. */
  get({ kernel, params }: Specialisation): Pipeline {
    const lacking = kernel.features?.filter((f) => !(this.info.features as ReadonlySet<string>).has(f));
    if (lacking?.length)
      throw new UnsupportedError(
        `${kernel.name}: the device must have ${lacking.join(", ")}, got one without. Choose another kernel.`,
      );
    // added up by hand: every dispatch comes by here
    let parts = "";
    for (const module of kernel.modules) parts += `${this.#id(module)},`;
    for (const name in params) parts += ` ${name}=${params[name]}`;
    const known = this.#byParts.get(parts);
    if (known) return known;
    const linked = link(kernel.modules, params);
    const pipeline = this.#byText.get(linked.code) ?? this.#create(kernel.name, linked);
    this.#byText.set(linked.code, pipeline);
    this.#byParts.set(parts, pipeline);
    return pipeline;
  }

  #id(module: Module): number {
    const known = this.#ids.get(module);
    if (known !== undefined) return known;
    this.#ids.set(module, this.#modules);
    return this.#modules++;
  }

  #create(name: string, linked: Linked): Pipeline {
    const declared = declaredBindings(linked.code);
    const storage = declared.filter((d) => d.type !== "uniform");
    const show = storage.map((d) => `${d.name} @${d.binding}`).join(", ");
    if (storage.some((d, i) => d.binding !== i + 1))
      throw new ShaderError(
        `${name}: storage buffers must be at binding 1, 2, … without a gap, got ${show}. Number them anew.`,
      );
    const most = this.info.limits.maxStorageBuffersPerShaderStage;
    if (storage.length > most)
      throw new UnsupportedError(
        `${name}: a kernel may bind ${most} storage buffers on this device, got ${show}. Choose another kernel.`,
      );
    const layout = quietly(this.device, () =>
      this.device.createBindGroupLayout({
        label: name,
        entries: declared.map(({ binding, type }) => ({
          binding,
          visibility: COMPUTE,
          // uniforms of a list lie in one buffer
          buffer: { type, hasDynamicOffset: type === "uniform" },
        })),
      }),
    );
    const ready = this.#compile(name, linked, layout);
    // whoever uses the pipeline hears of it
    ready.catch(() => {});
    const { code } = linked;
    return { name, code, hasUniforms: declared.length > storage.length, storage, layout, ready };
  }

  async #compile(name: string, linked: Linked, layout: GPUBindGroupLayout): Promise<GPUComputePipeline> {
    const { device } = this;
    const module = quietly(device, () => device.createShaderModule({ label: name, code: linked.code }));
    try {
      const pipeline = await device.createComputePipelineAsync({
        label: name,
        layout: device.createPipelineLayout({ label: name, bindGroupLayouts: [layout] }),
        compute: { module },
      });
      this.#compiled++;
      return pipeline;
    } catch (error) {
      throw await located(name, linked, module, error);
    }
  }
}

/** Whatever is wrong with the result, the pipeline made of it tells. */
function quietly<R>(device: GPUDevice, body: () => R): R {
  device.pushErrorScope("validation");
  const result = body();
  device.popErrorScope().catch(() => {});
  return result;
}

async function located(name: string, linked: Linked, module: GPUShaderModule, cause: unknown) {
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((m) => m.type === "error");
  const lines = errors.map(({ lineNum, linePos, message }) => {
    const { path, line } = linked.locate(lineNum);
    return `${path}:${line}:${linePos}: ${message}`;
  });
  const what = lines.length > 0 ? lines.join("\n") : String((cause as Error).message).trim();
  return new ShaderError(`${name}: the shader must compile, got ${what}. Correct the shader.`, { cause });
}
