/** An attribute of a node: a string, a float, or, with `int`, an integer. */
export type Attribute = string | number | { readonly int: number };

/** A tensor that goes in or comes out. */
export interface Port {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface Operator {
  readonly domain: string;
  readonly version: number;
  readonly type: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** An empty name stands for one that is left out. */
  readonly inputs: readonly (Port | "")[];
  readonly outputs: readonly Port[];
  readonly dtype: "f32" | "f16";
}

// fields of onnx.proto
const elementType = { f32: 1, f16: 10 };
const attributeType = { float: 1, int: 2, string: 3 };

/** The bytes of an ONNX model of one operator. */
export function modelOf({ domain, version, type, attributes, inputs, outputs, dtype }: Operator): Uint8Array {
  const port = ({ name, shape }: Port): Uint8Array =>
    join(
      text(1, name),
      message(
        2,
        message(1, int(1, elementType[dtype]), message(2, ...shape.map((size) => message(1, int(1, size))))),
      ),
    );
  const node = join(
    ...inputs.map((x) => text(1, x === "" ? x : x.name)),
    ...outputs.map(({ name }) => text(2, name)),
    text(3, type),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => message(5, text(1, name), attribute(value))),
    text(7, domain),
  );
  const graph = join(
    message(1, node),
    text(2, type),
    ...inputs.flatMap((x) => (x === "" ? [] : [message(11, port(x))])),
    ...outputs.map((x) => message(12, port(x))),
  );
  return join(
    int(1, 10),
    text(2, "webfla bench"),
    message(7, graph),
    message(8, text(1, ""), int(2, 21)),
    message(8, text(1, domain), int(2, version)),
  );
}

function attribute(value: Attribute): Uint8Array {
  if (typeof value === "string") return join(text(4, value), int(20, attributeType.string));
  if (typeof value === "number") return join(float(2, value), int(20, attributeType.float));
  return join(int(3, value.int), int(20, attributeType.int));
}

// the wire format: a field's number and kind, then a varint, four bytes, or a length and bytes
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const key = (field: number, kind: number): number[] => varint(field * 8 + kind);

const int = (field: number, value: number): Uint8Array =>
  Uint8Array.from([...key(field, 0), ...varint(value)]);

function float(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return join(Uint8Array.from(key(field, 5)), bytes);
}

function message(field: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = join(...parts);
  return join(Uint8Array.from([...key(field, 2), ...varint(body.length)]), body);
}

const text = (field: number, value: string): Uint8Array => message(field, new TextEncoder().encode(value));

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
