import { f32, i32, openRuntime, u32 } from "@webfla/wgsl/runtime";
import { affine, broken } from "./runtime-kernels";

/** 2 x + 1 for x = 0..n-1 on the page's own adapter. */
export async function twicePlusOne(n: number): Promise<number[]> {
  const runtime = await openRuntime({ poison: true });
  const x = runtime.upload(
    Float32Array.from({ length: n }, (_, i) => i),
    [n],
    "f32",
  );
  const o = runtime.create([n], "f32");
  const uniforms = [u32(n), i32(1), f32(2)];
  runtime.dispatch({ kernel: affine, uniforms, bindings: [x, o], workgroups: Math.ceil(n / 64) });
  const result = [...(await runtime.read(o))];
  runtime.dispose();
  return result;
}

/** What each failure says: of a shader, of a device that is destroyed under a pending read, of a disposed runtime. */
export async function failures(): Promise<string[]> {
  const message = (error: Error): string => `${error.name}: ${error.message}`;
  const runtime = await openRuntime();
  const x = runtime.zeros([4], "f32");
  runtime.dispatch({ kernel: broken, bindings: [x], workgroups: 1 });
  const compile = await runtime.read(x).then(String, message);
  const pending = runtime.read(x).then(String, message);
  runtime.device.destroy();
  const lost = await pending;
  runtime.dispose();
  const late = await runtime.read(x).then(String, message);
  return [compile, lost, late];
}
