import { squares } from "../src/adapters/squares";

/** Runs in the browser: what the adapter says of itself, and what it computes. */
export async function compute(): Promise<{ vendor: string; values: number[] }> {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error("compute: navigator.gpu must offer an adapter, got null.");
  const device = await adapter.requestDevice();
  return { vendor: adapter.info.vendor, values: await squares(device) };
}
