import { launch } from "../launch";
import { HALF, operand, operandModule, sink, view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { fours, matrices } from "../shared";
import { chunkExtraSlot, type ReadKind } from "../slots/chunk-laws";
import { type Frame, gated, mostWrites } from "./frame";
import exactlyText from "./output.exactly.wgsl";
import matrixText from "./output.matrix.wgsl";
import text from "./output.wgsl";
import { pairs } from "./pairs";
import { launchStage, meeting } from "./stage";

const outputModule: Module = { path: "diagonal/output.wgsl", text };
const matrixModule: Module = { path: "diagonal/output.matrix.wgsl", text: matrixText };
const exactlyModule: Module = { path: "diagonal/output.exactly.wgsl", text: exactlyText };

export interface OutputArgs {
  readonly q: GpuTensor; // [T, heads, K]
  readonly keys: GpuTensor; // [writes, heads, K]
  readonly values: GpuTensor; // [writes, HV, V]
  readonly states: GpuTensor; // [chunks, HV, K, V]
  readonly extra: GpuTensor | undefined; // [T, HV, V] f32
  readonly o: GpuTensor; // [T, HV, V]
  readonly scale: number;
  /** Whether a token reads after its own writes. */
  readonly after: boolean;
}

/** Writes o at the tokens of the chunks. */
export function chunkOutputs(frame: Frame, args: OutputArgs): void {
  const tile = wholeTile(frame);
  if (tile) wholeOutputs(frame, args, tile);
  else outputsOfPairs(frame, args);
}

const readKind = (after: boolean): ReadKind => (after ? "AFTER" : "BEFORE");

function outputsOfPairs(frame: Frame, { q, keys, values, states, extra, o, scale, after }: OutputArgs): void {
  const kind = readKind(after);
  const seen = pairs(frame, { kind, side: "K", left: q, right: keys });
  launchStage(frame, {
    stage: outputModule,
    reads: kind,
    left: q,
    right: values,
    rows: frame.list.longest,
    columns: frame.V,
    along: { left: "inner", right: "columns" },
    terms: 2,
    split: gated(frame, "V"),
    scale,
    slots: [
      view("queries", q),
      view("pairs", seen),
      view("states", states),
      view("values", values),
      chunkExtraSlot(extra),
      sink("o", o),
    ],
  });
  seen.dispose();
}

/** A workgroup of `output.matrix.wgsl`. */
interface WholeTile {
  readonly ROWS: number;
  readonly WRITES: number;
  readonly COLUMNS: number;
  /** 4 or 8. */
  readonly SUBGROUPS: number;
}

// of the largest tile: a processor has two
const WORKGROUP_BYTES = 20_480;

/** The tile of a kernel that keeps pairs to itself, where matrices are multiplied, no gate of channels splits pairs and there is memory. */
function wholeTile(frame: Frame): WholeTile | undefined {
  const { device, list, K, V, half } = frame;
  if (!half || gated(frame, "K") || gated(frame, "V")) return undefined;
  if (device.info.limits.maxComputeWorkgroupStorageSize < WORKGROUP_BYTES) return undefined;
  if (Math.min(list.longest, K, V) <= HALF) return undefined;
  const [ROWS, WRITES] = [sixteens(list.longest), sixteens(mostWrites(frame))];
  const COLUMNS = V > 64 ? 128 : 64;
  const SUBGROUPS = Math.min(8, (ROWS / 16) * (COLUMNS / 16));
  return { ROWS, WRITES, COLUMNS, SUBGROUPS };
}

const sixteens = (x: number): number => 16 * Math.ceil(x / 16);

function wholeOutputs(
  frame: Frame,
  { q, keys, values, states, extra, o, scale, after }: OutputArgs,
  tile: WholeTile,
): void {
  const { device, places, uses, decay, params, uniforms, bindings } = meeting(frame, {
    reads: readKind(after),
    left: q,
    right: keys,
    scale,
  });
  const across = Math.ceil(frame.V / tile.COLUMNS);
  const groups = places * across;
  launch(device, {
    main: matrixModule,
    uses: [fours, matrices, operandModule, exactlyModule, ...uses],
    slots: [
      decay,
      operand("queries", q),
      operand("keys", keys),
      operand("states", states),
      operand("values", values),
      chunkExtraSlot(extra),
      sink("o", o),
    ],
    params: { ...params, ...tile },
    uniforms: [...[groups, 1, across].map(u32), ...uniforms],
    bindings,
    workgroups: groups,
  });
}
