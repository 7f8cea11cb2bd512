import { type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu, type OperandOptions } from "@webfla/wgsl";
import { type FoundAdapter, findAdapter } from "./dawn";

export const backendChoices = ["auto", "cpu", "webgpu"] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** A backend and what to call it. */
export interface Opened<T extends Tensor> {
  readonly ops: Ops<T>;
  /** "CPU", "WebGPU". */
  readonly name: string;
  /** The adapter, and whether it is a software one; absent on the CPU. */
  readonly adapter: FoundAdapter | undefined;
}

type Body<R> = <T extends Tensor>(backend: Opened<T>) => Promise<R>;

/** Opens the CPU backend for as long as the body runs. */
export const withCpu = <R>(body: Body<R>): Promise<R> =>
  using({ ops: createCpu(), name: "CPU", adapter: undefined }, body);

/** Opens WebGPU on an adapter for as long as the body runs. */
export const withWebGpu = async <R>(
  adapter: FoundAdapter,
  body: Body<R>,
  options: OperandOptions = {},
): Promise<R> =>
  using({ ops: await createWebGpu({ ...device(adapter), ...options }), name: "WebGPU", adapter }, body);

// chunks trade arithmetic for parallel lanes, of which a software adapter has few
const device = ({ adapter, software }: FoundAdapter): Parameters<typeof createWebGpu>[0] => ({
  adapter,
  plan: software ? "recurrent" : "auto",
});

async function using<T extends Tensor, R>(backend: Opened<T>, body: Body<R>): Promise<R> {
  try {
    return await body(backend);
  } finally {
    backend.ops.dispose();
  }
}

/** What the user chose; "auto" is WebGPU where a GPU is, and else the CPU, which a software adapter does not outrun. */
export async function withBackend<R>(
  choice: BackendChoice,
  body: Body<R>,
  options: OperandOptions = {},
): Promise<R> {
  if (choice === "cpu") return withCpu(body);
  const adapter = await findAdapter();
  if (choice === "webgpu") {
    if (!adapter)
      throw new UnsupportedError(
        "webgpu: this machine must have a WebGPU adapter, got none. Install a Vulkan driver, or use --backend cpu.",
      );
    return withWebGpu(adapter, body, options);
  }
  return adapter && !adapter.software ? withWebGpu(adapter, body, options) : withCpu(body);
}

/** Throws UnsupportedError where the backend cannot store the type. */
export function expectStorage<T extends Tensor>({ ops, name }: Opened<T>, dtype: "f32" | "f16"): void {
  if (!ops.backend.dtypes.includes(dtype))
    throw new UnsupportedError(
      `--dtype: it must be one that ${name} stores here (f32), got ${dtype}. Use f32, or --backend cpu.`,
    );
}
