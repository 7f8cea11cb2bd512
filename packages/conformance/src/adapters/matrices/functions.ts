/** An array at module scope that matrices are loaded from or stored to. */
export interface Buffer {
  readonly name: string;
  /** Whether its elements are vectors of four. */
  readonly isWide: boolean;
  /** How many elements it has, in WGSL. */
  readonly count: string;
}

interface Function {
  readonly name: string;
  readonly text: string;
}

type Order = "row" | "col";

/** Reads, and on request writes, one number of a buffer. */
export function accessors({ name, isWide, count }: Buffer, isWritten: boolean): string {
  const [element, last] = isWide
    ? [`${name}[at / 4u][at % 4u]`, `4u * u32(${count})`]
    : [`${name}[at]`, `u32(${count})`];
  const get = `fn emulated_get_${name}(at: u32) -> f32 {
  if (at >= ${last}) { return emulated_outside(); }
  return f32(${element});
}`;
  const put = `fn emulated_put_${name}(at: u32, x: f32) {
  if (at < ${last}) { ${element} = x; }
}`;
  return isWritten ? `${get}\n${put}` : get;
}

// what a thread has of a matrix, by functions of two places along it
const parts: Readonly<Record<string, (get: (row: string, column: string) => string) => string>> = {
  EmulatedLeft: (get) => `var x: EmulatedLeft;
  for (var k = 0u; k < emulated_side; k++) { x.row[k] = ${get("emulated_row()", "k")}; }
  return x;`,
  EmulatedRight: (get) => `var x: EmulatedRight;
  for (var k = 0u; k < emulated_side; k++) {
    for (var n = 0u; n < emulated_side / 2u; n++) {
      x.columns[2u * k + n / 4u][n % 4u] = ${get("k", "emulated_column() + n")};
    }
  }
  return x;`,
  EmulatedSum: (get) => `var x: array<f32, 8>;
  for (var n = 0u; n < emulated_side / 2u; n++) { x[n] = ${get("emulated_row()", "emulated_column() + n")}; }
  return EmulatedSum(vec4f(x[0], x[1], x[2], x[3]), vec4f(x[4], x[5], x[6], x[7]));`,
};

/** Where an element of a matrix lies; offset and pitch count elements of the buffer. */
const place =
  (order: Order, { isWide }: Buffer) =>
  (row: string, column: string): string => {
    const [line, along] = order === "row" ? [row, column] : [column, row];
    const start = `offset + (${line}) * pitch`;
    return isWide ? `4u * (${start}) + ${along}` : `${start} + ${along}`;
  };

export function load(type: string, order: Order, buffer: Buffer): Function {
  const part = parts[type];
  if (!part) throw new Error(`matrices: a matrix must be loaded, got ${type}.`);
  const at = place(order, buffer);
  const name = `emulated_load_${type}_${order}_${buffer.name}`;
  const body = part((row, column) => `emulated_get_${buffer.name}(${at(row, column)})`);
  return { name, text: `fn ${name}(offset: u32, pitch: u32) -> ${type} {\n  ${body}\n}` };
}

export function store(order: Order, buffer: Buffer): Function {
  const at = place(order, buffer);
  const name = `emulated_store_${order}_${buffer.name}`;
  const put = `emulated_put_${buffer.name}(${at("emulated_row()", "emulated_column() + n")}, values[n])`;
  return {
    name,
    text: `fn ${name}(offset: u32, sum: EmulatedSum, pitch: u32) {
  var values = array<f32, 8>(sum.low.x, sum.low.y, sum.low.z, sum.low.w, sum.high.x, sum.high.y, sum.high.z, sum.high.w);
  for (var n = 0u; n < emulated_side / 2u; n++) { ${put}; }
}`,
  };
}
