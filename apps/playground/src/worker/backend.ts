import { type Ops, type Tensor, UnsupportedError } from "@webfla/ops";
import { createCpu } from "@webfla/reference";
import { createWebGpu } from "@webfla/wgsl";
import type { BackendChoice, BackendInfo } from "./choices";

/** A backend, used by a body that works with any tensor. */
export interface Opened<T extends Tensor> {
  readonly ops: Ops<T>;
  readonly info: BackendInfo;
}

export const software = (info: GPUAdapterInfo): boolean =>
  info.isFallbackAdapter || /swiftshader|llvmpipe|warp/i.test(`${info.architecture} ${info.description}`);

export const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  description || [vendor, architecture, device].filter(Boolean).join(" ") || "an adapter without a name";

/** Opens the backend that was chosen and hands it on. Throws UnsupportedError for WebGPU where there is no adapter. */
export async function openBackend<R>(
  choice: BackendChoice,
  body: <T extends Tensor>(opened: Opened<T>) => R,
): Promise<R> {
  const adapter = (await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" })) ?? undefined;
  const about = {
    adapter: adapter && nameOf(adapter.info),
    software: adapter !== undefined && software(adapter.info),
  };
  if (choice === "webgpu" && !adapter)
    throw new UnsupportedError(
      "WebGPU: the browser must offer an adapter, got none. Choose the CPU, or another browser.",
    );
  return adapter && (choice === "webgpu" || (choice === "auto" && !about.software))
    ? body({ ops: await createWebGpu({ adapter }), info: { backend: "webgpu", ...about } })
    : body({ ops: createCpu(), info: { backend: "cpu", ...about } });
}
