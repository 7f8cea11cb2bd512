import type { Kernel, Params } from "./kernel";
import { type Linked, link } from "./link";
import type { Timed } from "./stopwatch";

/** A dispatch that ran while tracing. */
export interface TracedDispatch {
  /** The file of its kernel: "diagonal/output". */
  readonly kernel: string;
  /** The module that each slot got, or how the tensor of that name lies: `{ chunk_decay: "sums", keys: "wide" }`. */
  readonly slots: Readonly<Record<string, string>>;
  /** The values of the constants that the host gave; a truth is 1. */
  readonly constants: Readonly<Record<string, number>>;
  readonly workgroups: readonly [x: number, y: number, z: number];
  /** The linked WGSL. */
  readonly code: string;
  /** Which file each part of `code` comes from. */
  readonly files: Linked["files"];
  /** Bytes of the storage buffers it could touch. */
  readonly bytes: number;
  /** On the device, to its clock's resolution: 0.1 ms where a browser quantises. Nothing where the device has no `timestamp-query`. */
  readonly nanoseconds: number | undefined;
}

export interface Trace<R> {
  readonly result: Awaited<R>;
  /** In the order in which they ran. */
  readonly dispatches: readonly TracedDispatch[];
}

export interface Time<R> {
  readonly result: Awaited<R>;
  /** From the end of what the device did before to the end of what was recorded, gaps included. */
  readonly nanoseconds: number;
}

/** A dispatch whose time is filled in when it is known. */
export type Note = { -readonly [P in keyof TracedDispatch]: TracedDispatch[P] };

/** Fills in the time of a dispatch. */
export const spans =
  (note: Note): Timed =>
  (began, ended) => {
    note.nanoseconds = Number(ended - began);
  };

// slots/decay.vector.wgsl, or shared/view.wide.wgsl of keys
const chosen = /(?<own>[^/.]+)\.(?<module>[^/.]+)\.wgsl(?: of (?<named>\w+))?$/;

/** The first that a slot got: a gate's law comes before the view of the gate that it needs. */
function slotsOf(modules: Kernel["modules"]): TracedDispatch["slots"] {
  const slots: Record<string, string> = {};
  for (const { path } of modules) {
    const { own, module, named = own } = chosen.exec(path)?.groups ?? {};
    if (named && module) slots[named] ??= module;
  }
  return slots;
}

/** What there is to say of a dispatch before it runs. */
export function noteOf(
  { kernel, params }: { readonly kernel: Kernel; readonly params?: Params | undefined },
  code: string,
  buffers: readonly GPUBufferBinding[],
  workgroups: TracedDispatch["workgroups"],
): Note {
  // storage types are in the text, and where a slot's buffer is bound is no one's concern
  const constants = Object.entries(params ?? {}).filter(
    ([name, value]) => typeof value !== "string" && !name.endsWith("_BINDING"),
  );
  return {
    kernel: kernel.name,
    slots: slotsOf(kernel.modules),
    constants: Object.fromEntries(constants.map(([name, value]) => [name, Number(value)])),
    workgroups,
    code,
    files: link(kernel.modules, params).files,
    bytes: buffers.reduce((sum, { size = 0 }) => sum + size, 0),
    nanoseconds: undefined,
  };
}
