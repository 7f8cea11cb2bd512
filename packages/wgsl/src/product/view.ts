import type { Slot } from "../launch";
import type { GpuTensor, Module } from "../runtime";
import sinkNarrow from "../shared/sink.narrow.wgsl";
import sinkWide from "../shared/sink.wide.wgsl";
import viewNarrow from "../shared/view.narrow.wgsl";
import viewWide from "../shared/view.wide.wgsl";

const texts = {
  view: { wide: viewWide, narrow: viewNarrow },
  sink: { wide: sinkWide, narrow: sinkNarrow },
};
const modules = new Map<string, Module>();

/** Whether rows begin and end at multiples of four. */
const inFours = ({ shape }: GpuTensor): boolean => (shape.at(-1) ?? 1) % 4 === 0;

function accessor(kind: keyof typeof texts, name: string, tensor: GpuTensor, wide: boolean): Slot {
  const width = wide ? "wide" : "narrow";
  const path = `shared/${kind}.${width}.wgsl of ${name}`;
  // one object a module: pipelines are found by it
  const module = modules.get(path) ?? {
    path,
    text: texts[kind][width].replace(new RegExp(`\\b${kind}(?=[14_])`, "g"), name),
  };
  modules.set(path, module);
  return { module, params: { [`${name}_TYPE`]: tensor.dtype }, brings: [name, tensor] };
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
