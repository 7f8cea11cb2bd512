import type { Kernel } from "@webfla/wgsl";
import type { Found, Session, Tiers } from "../adapters";
import { matmulOf } from "../cases/matmul";
import { Prepared, patience } from "./call";
import copyText from "./copy.wgsl";
import type { Effort, Rates } from "./measurement";
import { median } from "./statistics";

const copy: Kernel = { name: "bench/copy", modules: [{ path: "bench/copy.wgsl", text: copyText }] };
const vectorBytes = 16;
const vectorsPerWorkgroup = 1024;

export const tiersName = (tiers: Tiers): string =>
  typeof tiers === "string" ? tiers : tiers.join("+") || "none";

/** What memory and arithmetic give on a device in this run: the better of two copies, and matrix products in each storage type. */
export async function measureRates(found: Found, tiers: Tiers, effort: Effort): Promise<Rates> {
  const small = effort.quick || found.software;
  const session = await found.open(tiers);
  try {
    const bytes = small ? 2 ** 20 : 2 ** 28;
    const bytesPerSecond = Math.max(
      await byKernel(session, bytes, effort),
      await byCommand(session, bytes, effort),
    );
    const product = async (dtype: "f32" | "f16"): Promise<number> => {
      const work = matmulOf(small ? 128 : 4096);
      const prepared = new Prepared(session, work, dtype);
      await prepared.first();
      const wall = await prepared.wall(patience(effort));
      const { gpu } = await prepared.gpu(patience(effort));
      prepared.dispose();
      return work.flops! / ((gpu ?? wall).medianMs / 1e3);
    };
    const f32 = await product("f32");
    const half = session.runtime.info.features.has("shader-f16");
    return {
      on: found.name,
      tiers: tiersName(tiers),
      bytesPerSecond,
      flopsPerSecond: { f32, ...(half && { f16: await product("f16") }) },
    };
  } finally {
    session.dispose();
  }
}

/** Bytes read and bytes written a second, by a shader. */
async function byKernel({ runtime }: Session, bytes: number, { quick }: Effort): Promise<number> {
  const [x, y] = [runtime.zeros([bytes / 4], "f32"), runtime.zeros([bytes / 4], "f32")];
  const count = bytes / vectorBytes;
  const once = () =>
    runtime.dispatch({
      kernel: copy,
      uniforms: [{ u32: count }],
      bindings: [x, y],
      workgroups: Math.ceil(count / vectorsPerWorkgroup),
    });
  const times = runtime.info.features.has("timestamp-query")
    ? await rowsOf(runtime, once, quick ? 3 : 30)
    : [];
  for (const tensor of [x, y]) tensor.dispose();
  return times.length ? (2 * bytes) / (median(times) / 1e9) : 0;
}

/** Nanoseconds of a dispatch, in rows of so many. */
async function rowsOf(runtime: Session["runtime"], once: () => void, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let row = 0; row < 4; row++) {
    const { nanoseconds } = await runtime.time(() => {
      for (let i = 0; i < count; i++) once();
    });
    times.push(nanoseconds / count);
  }
  return times.slice(1);
}

/** The same by the device's own command. */
async function byCommand({ runtime }: Session, bytes: number, { quick }: Effort): Promise<number> {
  const { device } = runtime;
  const [x, y] = [runtime.zeros([bytes / 4], "f32"), runtime.zeros([bytes / 4], "f32")];
  await runtime.flush();
  const count = quick ? 3 : 30;
  const row = async (): Promise<number> => {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < count; i++) encoder.copyBufferToBuffer(x.buffer, 0, y.buffer, 0, bytes);
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / count;
  };
  await row();
  const ms = median([await row(), await row(), await row()]);
  for (const tensor of [x, y]) tensor.dispose();
  return (2 * bytes) / (ms / 1e3);
}
