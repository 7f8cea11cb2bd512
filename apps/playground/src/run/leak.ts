import type { Ops, Tensor } from "@webfla/ops";
import { draw, partOf } from "../variants/inputs";
import { onMachine } from "../worker/machine";
import { type Case, caseOf, forward } from "./call";
import { titles } from "./names";
import type { LeakReport, LeakRequest } from "./request";

/** The case with one sequence drawn anew. */
function changed(c: Case, sequence: number): Case {
  const inputs = Object.entries(c.inputs).map(([name, drawn]) => {
    const part = partOf(drawn, c.varlen, sequence);
    if (!part) return [name, drawn] as const;
    const other = draw(drawn.input, c.sizes, c.seed + 1, name).data;
    const data = drawn.data.slice();
    data.set(other.subarray(...part), part[0]);
    return [name, { ...drawn, data }] as const;
  });
  return { ...c, inputs: Object.fromEntries(inputs) };
}

/** Changes one sequence, and says how far the results of each moved. */
export async function leakTest(request: LeakRequest): Promise<LeakReport> {
  const side = request.on.includes("webgpu") ? "webgpu" : "cpu";
  const c = caseOf(request);
  const compare = async <T extends Tensor>(ops: Ops<T>) => {
    const before = (await forward(ops, c)).results;
    const after = (await forward(ops, changed(c, request.changed))).results;
    return Object.entries(before).map(([name, { data, shape }]) => {
      const perRow = data.length / Math.max(1, shape[0]!);
      const bySequence = Array.from({ length: c.varlen.sequences }, (_, n) => {
        const [start, end] = name === "o" ? [c.varlen.cuSeqlens[n]!, c.varlen.cuSeqlens[n + 1]!] : [n, n + 1];
        let most = 0;
        for (let i = start * perRow; i < end * perRow; i++)
          most = Math.max(most, Math.abs(data[i]! - after[name]!.data[i]!));
        return most;
      });
      return { name, bySequence };
    });
  };
  const moved = await onMachine(side, request, ({ ops }) => compare(ops));
  return { changed: request.changed, side: titles[side], moved };
}
