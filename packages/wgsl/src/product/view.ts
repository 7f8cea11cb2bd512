import type { Shape } from "@webfla/ops";
import { type Device, make, type Slot } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import blocksText from "../shared/blocks.wgsl";
import sinkBlocks from "../shared/sink.blocks.wgsl";
import sinkNarrow from "../shared/sink.narrow.wgsl";
import sinkWide from "../shared/sink.wide.wgsl";
import viewBlocks from "../shared/view.blocks.wgsl";
import viewNarrow from "../shared/view.narrow.wgsl";
import viewWide from "../shared/view.wide.wgsl";

const blocks: Module = { path: "shared/blocks.wgsl", text: blocksText };
const texts = {
  view: { wide: viewWide, narrow: viewNarrow, blocks: viewBlocks },
  sink: { wide: sinkWide, narrow: sinkNarrow, blocks: sinkBlocks },
};
// one object a module: pipelines are found by it
const modules = { view: new Map<string, Module>(), sink: new Map<string, Module>() };
const inBlocks = new WeakSet<GpuTensor>();

/** Whether rows begin and end at multiples of four. */
export const inFours = ({ shape }: Pick<GpuTensor, "shape">): boolean => (shape.at(-1) ?? 1) % 4 === 0;

/**
 * A tensor of 16 bits an element that reaches as far as f32: fours share an exponent (`shared/blocks.wgsl`). Only `view` and `sink` know what
 * it holds. Where the last axis is no multiple of four it is f32.
 */
export const makeBlocks = (device: Device, shape: Shape): GpuTensor =>
  inFours({ shape }) ? asBlocks(make(device, shape, "f16")) : make(device, shape, "f32");

/** Takes an f16 tensor that nothing was written to, or zeros, as blocks of four. */
export function asBlocks(x: GpuTensor): GpuTensor {
  inBlocks.add(x);
  return x;
}

/** Whether every number of a tensor is an f16. */
export const inHalves = (x: GpuTensor): boolean => x.dtype === "f16" && !inBlocks.has(x);

function accessor(kind: keyof typeof texts, name: string, tensor: GpuTensor, wide: boolean): Slot {
  const layout = inBlocks.has(tensor) ? "blocks" : wide ? "wide" : "narrow";
  const key = layout + name;
  let module = modules[kind].get(key);
  if (!module) {
    const text = texts[kind][layout].replace(new RegExp(`\\b${kind}(?=[14_])`, "g"), name);
    module = { path: `shared/${kind}.${layout}.wgsl of ${name}`, text };
    modules[kind].set(key, module);
  }
  const slot = { module, brings: [name, tensor] } as const;
  return layout === "blocks"
    ? { ...slot, needs: [{ module: blocks }] }
    : { ...slot, params: { [`${name}_TYPE`]: tensor.dtype } };
}

/**
 * A slot that binds a tensor to read: `<name>4(at)` is four consecutive elements as vec4f, `<name>1(at)` one. Where the last axis is a
 * multiple of four, `<name>4` reads a vector and `at` must be a multiple of four; `wide` overrules that.
 */
export const view = (name: string, tensor: GpuTensor, wide = inFours(tensor)): Slot =>
  accessor("view", name, tensor, wide);

/** A slot that binds a tensor to write: `<name>_put4(at, count, x)` stores the first `count` of x, at most four; reads as `view` does. */
export const sink = (name: string, tensor: GpuTensor, wide = inFours(tensor)): Slot =>
  accessor("sink", name, tensor, wide);
