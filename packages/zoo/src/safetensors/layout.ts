import { elements } from "@webfla/ops";
import { dtypeBytes, type FileDType } from "./dtypes";
import { PREFIX } from "./header";

export interface TensorSpec {
  readonly dtype: FileDType;
  readonly shape: readonly number[];
}

/** A file before its values: they follow `head` in the order of `names`, without gaps. */
export interface Layout {
  readonly head: Uint8Array<ArrayBuffer>;
  readonly names: readonly string[];
  /** Of the whole file. */
  readonly size: number;
}

const widths = Object.keys(dtypeBytes) as readonly FileDType[];
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const tensorBytes = ({ dtype, shape }: TensorSpec): number => elements(shape) * dtypeBytes[dtype];

/**
 * Lays a file out as the Python library does: the widest types first, then by name, the header padded with spaces to
 * 8 bytes.
 */
export function layOut(tensors: ReadonlyMap<string, TensorSpec>, notes: ReadonlyMap<string, string>): Layout {
  const named = [...tensors].sort(
    ([aName, a], [bName, b]) => widths.indexOf(a.dtype) - widths.indexOf(b.dtype) || compare(aName, bName),
  );
  const header: [string, unknown][] = notes.size ? [["__metadata__", Object.fromEntries(notes)]] : [];
  let offset = 0;
  for (const [name, spec] of named) {
    const { dtype, shape } = spec;
    header.push([name, { dtype, shape, data_offsets: [offset, (offset += tensorBytes(spec))] }]);
  }
  // an object would put names that look like integers first
  const json = header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",");
  const text = new TextEncoder().encode(`{${json}}`);
  const length = Math.ceil(text.byteLength / PREFIX) * PREFIX;
  const head = new Uint8Array(PREFIX + length);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, PREFIX);
  head.fill(0x20, PREFIX + text.byteLength);
  return { head, names: named.map(([name]) => name), size: head.byteLength + offset };
}
