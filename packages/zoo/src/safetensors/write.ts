import { elements, type HostArray, ShapeError, showShape } from "@webfla/ops";
import { type CodedDType, codecs, dtypeBytes, type FileDType } from "./dtypes";
import { PREFIX } from "./header";

/** Values of a tensor and the type to store them in; floats are rounded to it. */
export interface TensorData {
  readonly dtype: CodedDType;
  readonly shape: readonly number[];
  readonly data: HostArray;
}

const widths = Object.keys(dtypeBytes) as readonly FileDType[];
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * A safetensors file, laid out as the Python library does: the widest types first, then by name, the header padded
 * with spaces to 8 bytes. Throws ShapeError where a shape and its values disagree.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorData>> | ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> | ReadonlyMap<string, string> = {},
): Uint8Array {
  const named = [...(tensors instanceof Map ? tensors : Object.entries(tensors))].sort(
    ([aName, a], [bName, b]) => widths.indexOf(a.dtype) - widths.indexOf(b.dtype) || compare(aName, bName),
  ) as [string, TensorData][];
  const notes = metadata instanceof Map ? metadata : new Map(Object.entries(metadata));
  const header: [string, unknown][] = notes.size ? [["__metadata__", Object.fromEntries(notes)]] : [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of named) {
    if (elements(shape) !== data.length)
      throw new ShapeError(
        `writeSafetensors: ${name} ${showShape(shape)} must hold ${elements(shape)} elements, got ${data.length}. Correct the shape.`,
      );
    const raw = codecs[dtype].encode(data);
    parts.push(raw);
    header.push([name, { dtype, shape, data_offsets: [offset, (offset += raw.byteLength)] }]);
  }
  // an object would put names that look like integers first
  const json = header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",");
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.byteLength / PREFIX) * PREFIX;
  const file = new Uint8Array(PREFIX + length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, PREFIX);
  file.fill(0x20, PREFIX + text.byteLength, PREFIX + length);
  let at = PREFIX + length;
  for (const part of parts) {
    file.set(part, at);
    at += part.byteLength;
  }
  return file;
}
