import type { Shape } from "@webfla/ops";
import { type Device, make, type Slot } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import blocksText from "../shared/blocks.wgsl";
import operandComputed from "../shared/operand.computed.wgsl";
import operandStored from "../shared/operand.stored.wgsl";
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
  operand: { stored: operandStored, computed: operandComputed },
};
// one object a module: pipelines are found by it
const modules = new Map<string, Module>();
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

/** A text of `shared` under a name, in place of the one it was written with. */
function named(path: string, text: string, written: string, name: string): Module {
  const key = `${path} of ${name}`;
  const known = modules.get(key);
  if (known) return known;
  const made = { path: key, text: text.replace(new RegExp(`\\b${written}(?=[14_])`, "g"), name) };
  modules.set(key, made);
  return made;
}

function accessor(kind: "view" | "sink", name: string, tensor: GpuTensor, wide: boolean): Slot {
  const layout = inBlocks.has(tensor) ? "blocks" : wide ? "wide" : "narrow";
  const module = named(`shared/${kind}.${layout}.wgsl`, texts[kind][layout], kind, name);
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

/** A `view` of operands of matrices: `<name>_operand(x, matters)` besides, which makes them of what was loaded. */
export function operand(name: string, tensor: GpuTensor): Slot {
  const kind = inHalves(tensor) ? "stored" : "computed";
  const module = named(`shared/operand.${kind}.wgsl`, texts.operand[kind], "view", name);
  return { module, needs: [view(name, tensor)] };
}
