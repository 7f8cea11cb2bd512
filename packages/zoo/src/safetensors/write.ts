import { elements, type HostArray, ShapeError, showShape } from "@webfla/ops";
import { type CodedDType, codecs } from "./dtypes";
import { layOut } from "./layout";

/** Values of a tensor and the type to store them in; floats are rounded to it. */
export interface TensorData {
  readonly dtype: CodedDType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

/** A safetensors file in memory, as the Python library lays it out. Throws ShapeError where a shape and its values disagree. */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorData>> | ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): Uint8Array {
  const given: ReadonlyMap<string, TensorData> =
    tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  for (const [name, { shape, data }] of given)
    if (elements(shape) !== data.length)
      throw new ShapeError(
        `writeSafetensors: ${name} ${showShape(shape)} must hold ${elements(shape)} elements, got ${data.length}. Correct the shape.`,
      );
  const notes = metadata instanceof Map ? metadata : new Map(Object.entries(metadata));
  const { head, names, size } = layOut(given, notes);
  const file = new Uint8Array(size);
  file.set(head);
  let at = head.byteLength;
  for (const name of names) {
    const { dtype, data } = given.get(name)!;
    const raw = codecs[dtype].encode(data);
    file.set(raw, at);
    at += raw.byteLength;
  }
  return file;
}
