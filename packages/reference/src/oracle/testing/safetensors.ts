import { readFileSync } from "node:fs";

export interface GoldenTensor {
  /** Without the leading batch axis of 1, which marks what is packed by token. */
  readonly shape: readonly number[];
  readonly perToken: boolean;
  readonly data: Float64Array;
}
export interface Golden {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
}
type Header = Record<string, { dtype: "F32" | "I32"; shape: number[]; data_offsets: [number, number] }>;

/** Reads FLA's results for one operator, widened to f64. */
export function readGolden(name: string): Golden {
  const url = new URL(`../../../../conformance/fixtures/ops/${name}.safetensors`, import.meta.url);
  const bytes = readFileSync(url);
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata = {}, ...header } = JSON.parse(bytes.toString("utf8", 8, 8 + length));
  const tensors = Object.entries(header as Header).map(([key, { dtype, shape, data_offsets }]) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset + 8 + length + data_offsets[0]);
    const read = (i: number) => (dtype === "F32" ? view.getFloat32(4 * i, true) : view.getInt32(4 * i, true));
    const data = Float64Array.from({ length: (data_offsets[1] - data_offsets[0]) / 4 }, (_, i) => read(i));
    const perToken = shape[0] === 1;
    return [key, { shape: perToken ? shape.slice(1) : shape, perToken, data }] as const;
  });
  return { metadata, tensors: Object.fromEntries(tensors) };
}
