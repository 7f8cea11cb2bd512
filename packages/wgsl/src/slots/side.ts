import type { Stream } from "../dense";
import type { Slot } from "../launch";
import { view } from "../product";
import type { Module } from "../runtime";
import none from "./side.none.wgsl";
import stream from "./side.stream.wgsl";

const noneModule: Module = { path: "slots/side.none.wgsl", text: none };
const streamModule: Module = { path: "slots/side.stream.wgsl", text: stream };

/** Supplies `side_of` and, where there is a stream, `side1`. */
export function sideSlot(stream: Stream | undefined): Slot {
  if (!stream) return { module: noneModule };
  const places = Object.entries(stream.at).map(([name, at]) => [`${name}_AT`, at]);
  return {
    module: streamModule,
    params: Object.fromEntries(places),
    needs: [view("side", stream.buffer, false)],
  };
}
