import { elements, type VerbTable } from "@webfla/ops";
import type { Varlen } from "@webfla/varlen";
import { type Device, lanesFor, launch, make, storage } from "../launch";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { lanes, math } from "../shared";
import cumulativeText from "./cumulative.wgsl";

type CumulativeArgs = VerbTable<GpuTensor>["cumulative"][0];

const cumulativeModule: Module = { path: "sequence/cumulative.wgsl", text: cumulativeText };
const kinds = { sum: "SUM", logSumExp: "LOG_SUM_EXP" } as const;

/** The first token of every chunk, and T: sequences cut every `size` tokens. */
function chunkBounds(varlen: Varlen, size: number): Uint32Array {
  const { count, indices } = varlen.chunks(size);
  return Uint32Array.from({ length: count + 1 }, (_, c) =>
    c < count ? varlen.cuSeqlens[indices[2 * c]!]! + indices[2 * c + 1]! * size : varlen.totalTokens,
  );
}

/** What sums run over: sequences, or chunks of them. */
export function spansOf(device: Device, varlen: Varlen, chunkSize: number) {
  const size = chunkSize || Math.max(varlen.maxLength, 1);
  return {
    spans: varlen.chunks(size).count,
    bounds: device.varlen(varlen, `chunkBounds ${size}`, () => chunkBounds(varlen, size)), // [spans + 1]
  };
}

/** Running sums over spans of tokens. */
export function cumulative(device: Device, args: CumulativeArgs): GpuTensor {
  const { kind, x, reverse, chunkSize, varlen } = args;
  const o = make(device, x.shape, x.dtype);
  const D = elements(x.shape.slice(1));
  const { spans, bounds } = spansOf(device, varlen, chunkSize);
  launch(device, {
    main: cumulativeModule,
    uses: [math, lanes],
    params: {
      ...storage({ X: x }),
      KIND: kinds[kind],
      REVERSE: reverse,
      LANES: lanesFor(chunkSize || Number.POSITIVE_INFINITY),
    },
    uniforms: [u32(spans), u32(D)],
    bindings: [x, bounds, o],
    workgroups: spans * D,
  });
  return o;
}
